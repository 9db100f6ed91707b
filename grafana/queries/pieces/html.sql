(t -> replaceAll(replaceAll(replaceAll(t, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')) AS escaped,
    (t -> replaceRegexpAll(t, '\r\n?|\n', '&#10;')) AS one_block,
    -- As entities the signs of markdown are only text, between tags too.
    (t -> replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(
        one_block(escaped(t)), '\\', '&#92;'), '`', '&#96;'), '*', '&#42;'), '_', '&#95;'), '[', '&#91;'), ']', '&#93;'),
        '~', '&#126;')) AS inline,
    (t -> if(t = '', '–', inline(t))) AS cell,
    (t -> concat('<pre>', one_block(escaped(t)), '</pre>')) AS box,
    (t -> if(t = '', '–', box(t))) AS boxed_cell,
    (t -> concat('\n\n', box(t), '\n\n')) AS pre,
    (t -> concat('<span style="color:#808080;font-size:12px">', t, '</span>')) AS muted,
    (json -> if(
        isValidJSON(json),
        arrayMap(tokens -> replaceRegexpAll(
            arrayStringConcat(arrayMap(
                (k, n) -> multiIf(
                    k IN ('{', '['), concat(k, '\n', repeat('  ', n)),
                    k IN ('}', ']'), concat('\n', repeat('  ', n), k),
                    k = ',', concat(',\n', repeat('  ', n)),
                    k = ':', ': ',
                    k),
                tokens,
                arrayMap(n -> greatest(n, 0), arrayCumSum(arrayMap(
                    k -> toInt32(k IN ('{', '[')) - toInt32(k IN ('}', ']')), tokens))))),
            '([\\[{])\\n\\s*([\\]}])', '\\1\\2'),
            [extractAll(json, '("(?:[^"\\\\]|\\\\.)*"|[{}\\[\\],:]|[^\\s{}\\[\\],:"]+)')])[1],
        json)) AS pretty,
    (rows -> concat('<table style="width:100%">', arrayStringConcat(arrayMap(
        fact -> one_block(concat(
            '<tr><td valign="top" width="140" style="color:#808080">', fact.1, '</td><td>', fact.2, '</td></tr>')),
        rows)), '</table>')) AS card
