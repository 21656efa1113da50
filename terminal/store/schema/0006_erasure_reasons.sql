-- Why whoever waits to be forgotten is; empty: nobody asked.
ALTER TABLE erasures_waiting ADD COLUMN why TEXT NOT NULL DEFAULT '';
