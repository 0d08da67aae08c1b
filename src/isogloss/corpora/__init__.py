"""The corpora room: parallel text by name, fetched and checked, cleaned, counted and compared.

`index` knows the names, `sources/` fetch from OPUS and the hub, `manifest` says what was fetched;
`filters/` judge pairs, `cleaner` runs them with an account, `statistics` and `coverage` count.
"""
