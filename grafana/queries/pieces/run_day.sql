day BETWEEN toDate(began) AND toDate(began_by)
