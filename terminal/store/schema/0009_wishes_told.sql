-- Whether headquarters knows of the wish: by an entry of this site.
ALTER TABLE erasures_waiting ADD COLUMN told INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1));
