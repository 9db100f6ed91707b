{{run_part}} AND round = toUInt32OrZero({{one round}})
