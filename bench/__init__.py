"""What the portal costs, as ratios to the same work done in the barest way, measured side by side in one run.

`python -m bench` runs everything on a scratch database; `python -m bench --quick dues` one benchmark, shortly.
"""
