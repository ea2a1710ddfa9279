-- Every batch changes the totals of the units that it names: with room beside each, the new row stands on the same page
-- and needs no entry in the index. Pages that stand already are written anew by VACUUM FULL or a rebuild, at leisure.
ALTER TABLE rollup_total SET (fillfactor = 50);
