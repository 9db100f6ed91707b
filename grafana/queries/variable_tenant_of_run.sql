-- Whose run is the chosen one?
WITH {{chosen_run}}
SELECT tenant FROM v_runs WHERE {{run}}
