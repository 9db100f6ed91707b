-- Which rounds does the chosen run have?
WITH {{chosen_run}}
SELECT DISTINCT toString(round) FROM v_rounds WHERE {{run_part}} ORDER BY toUInt32(toString(round))
