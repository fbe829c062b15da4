"""An alarm neither loses a call nor oversleeps."""

import asyncio

from avamotion.server.alarm import Alarm


def test_a_ring_before_the_sleep_is_not_lost() -> None:
    async def story() -> list[bool]:
        alarm = Alarm()
        alarm.ring()
        alarm.ring()
        return [await alarm.sleep(None), await alarm.sleep(0.0)]

    assert asyncio.run(story()) == [True, False]


def test_a_ring_wakes_the_sleeper() -> None:
    async def story() -> bool:
        alarm = Alarm()
        asyncio.get_running_loop().call_soon(alarm.ring)
        return await alarm.sleep(None)

    assert asyncio.run(story())


def test_it_sleeps_until_the_time_comes_and_no_longer() -> None:
    async def story() -> tuple[bool, float]:
        clock = asyncio.get_running_loop().time
        until = clock() + 0.001
        return await Alarm().sleep(until), clock() - until

    rung, late_s = asyncio.run(story())
    assert not rung
    assert late_s >= 0
