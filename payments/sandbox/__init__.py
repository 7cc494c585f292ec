"""A BillDesk to develop, show and test against; it knows the portal only over the wire and has its own code for JOSE.

`world` is the gateway itself, pure and with its own clock; `outcomes` says how payments end. `api`, `pages` and `control`
translate HTTP, `app` joins them, `courier` brings webhooks, `server` puts it all on a port.
"""
