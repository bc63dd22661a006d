CREATE TABLE sources (
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
    digest BLOB NOT NULL,
    sum INTEGER NOT NULL,
    UNIQUE (path, named, generation)
);
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    phase TEXT NOT NULL,
    started TEXT NOT NULL,
    finished TEXT NOT NULL,
    about TEXT NOT NULL,
    sum INTEGER NOT NULL
);
CREATE TABLE incidents (
    id TEXT PRIMARY KEY,
    about TEXT NOT NULL,
    folded TEXT NOT NULL,
    settled_at INTEGER,
    note TEXT,
    sum INTEGER NOT NULL
);
CREATE TABLE told (
    run INTEGER NOT NULL,
    incident TEXT NOT NULL,
    about TEXT NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (run, incident)
);
CREATE TABLE aliases (
    old TEXT PRIMARY KEY,
    id TEXT NOT NULL,
    run INTEGER NOT NULL,
    sum INTEGER NOT NULL
);
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    sum INTEGER NOT NULL
);
CREATE TABLE totals (
    name TEXT PRIMARY KEY,
    rows INTEGER NOT NULL,
    sum INTEGER NOT NULL,
    own INTEGER NOT NULL
);
