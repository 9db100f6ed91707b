tenant = decodeURLComponent('${tenant:percentencode}')
