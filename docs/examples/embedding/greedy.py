# SPDX-License-Identifier: MIT OR Apache-2.0
"""A script with a leak. Python gets no more than its budget, and raises a MemoryError."""


def update(number):
    seen = []
    while True:
        seen.append({"frame": number, "what": f"enemy {len(seen)}"})
