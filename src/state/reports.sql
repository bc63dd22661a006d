CREATE TABLE reports (
    run INTEGER PRIMARY KEY,
    base INTEGER,
    size INTEGER NOT NULL,
    report BLOB NOT NULL,
    sum INTEGER NOT NULL
);
