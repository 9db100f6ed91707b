-- How large are the tables, and how well are they compressed?
SELECT
    table AS "Table",
    sum(rows) AS "Rows",
    count() AS "Parts",
    sum(bytes_on_disk) AS "On disk",
    sum(data_uncompressed_bytes) / greatest(sum(data_compressed_bytes), 1) AS "Compression"
FROM system.parts
WHERE database = currentDatabase() AND active
GROUP BY table
ORDER BY "On disk" DESC, table
