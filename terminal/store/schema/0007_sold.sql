-- What a count card was sold as, by lot, as `core.sold` spells it: it goes with the lot. Of what lay here before this
-- step, the sale says it where that is in this file.
ALTER TABLE lots ADD COLUMN sold TEXT NOT NULL DEFAULT '';
