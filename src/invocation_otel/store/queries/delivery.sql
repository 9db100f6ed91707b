-- Is everything here that each process produced? Those with something missing come first.
SELECT *
FROM v_delivery
WHERE ({tenant:String} = '' OR tenant = {tenant:String})
ORDER BY missing DESC NULLS LAST, dropped DESC, last_seen_at DESC, process_id
LIMIT {limit:UInt32}
