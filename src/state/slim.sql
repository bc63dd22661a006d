CREATE TABLE slim_sources (
    id INTEGER PRIMARY KEY,
    path BLOB NOT NULL,
    named INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    key TEXT NOT NULL,
    settings TEXT NOT NULL,
    content BLOB,
    settled INTEGER NOT NULL,
    read_run INTEGER NOT NULL,
    resume BLOB,
    sum INTEGER NOT NULL,
    digest BLOB NOT NULL
);
INSERT INTO slim_sources (id, path, named, generation, key, settings, content, settled, read_run,
                          resume, sum, digest)
    SELECT id, path, named, generation, key, settings, content, settled, read_run, resume, sum,
           digest FROM sources;
DROP TABLE sources;
ALTER TABLE slim_sources RENAME TO sources;
CREATE TABLE slim_incidents (
    id TEXT PRIMARY KEY,
    about TEXT NOT NULL,
    folded TEXT NOT NULL,
    settled_at INTEGER,
    note TEXT,
    sum INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO slim_incidents (id, about, folded, settled_at, note, sum)
    SELECT id, about, folded, settled_at, note, sum FROM incidents;
DROP TABLE incidents;
ALTER TABLE slim_incidents RENAME TO incidents;
CREATE TABLE slim_told (
    run INTEGER NOT NULL,
    incident TEXT NOT NULL,
    about TEXT NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (run, incident)
) WITHOUT ROWID;
INSERT INTO slim_told (run, incident, about, sum) SELECT run, incident, about, sum FROM told;
DROP TABLE told;
ALTER TABLE slim_told RENAME TO told;
