"""evtui: the OpenSIPS Event Interface as a Python engine, with a terminal console around it.

Embedding needs three names and the errors::

    async with evtui.open_engine(events=["E_MY_EVENT"]) as engine:
        engine.subscribe("E_MY_EVENT", "udp:127.0.0.1:9000", expire=60)
        engine.raise_event("E_MY_EVENT", {"ip": "192.0.2.1", "count": 3})
"""
