import asyncio
import threading

from amnat.serving.request_errors import RequestError
from amnat.serving.workers import Workers

import pytest


def test_functions_run_in_threads():
    async def main():
        workers = Workers(threads=1, waiting=0, timeout=60)
        found = await workers.run(threading.current_thread)
        workers.close()
        return found

    assert asyncio.run(main()) is not threading.main_thread()


def test_further_requests_are_refused_with_the_time_to_come_again():
    async def main():
        workers = Workers(threads=1, waiting=1, timeout=60)
        async with workers.place(), workers.place():
            with pytest.raises(RequestError) as caught:
                async with workers.place():
                    pass
        async with workers.place():
            pass
        assert workers.taken == 0
        return caught.value

    error = asyncio.run(main())
    assert error.status == 503 and error.headers == {"Retry-After": "1"}


def test_what_takes_too_long_is_given_up_and_keeps_its_place_until_it_ends():
    async def main():
        workers, ended = Workers(threads=1, waiting=0, timeout=0.05), threading.Event()
        with pytest.raises(RequestError) as caught:
            async with workers.place():
                await workers.run(ended.wait)
        assert workers.taken == 1
        ended.set()
        while workers.taken:
            await asyncio.sleep(0.01)
        return caught.value

    assert asyncio.run(main()).status == 504


def test_what_waits_too_long_is_never_run():
    async def main():
        workers, ended, calls = Workers(1, 1, 0.05), threading.Event(), []
        blocker = asyncio.create_task(workers.run(ended.wait))
        await asyncio.sleep(0)
        with pytest.raises(RequestError):
            await workers.run(calls.append, 1)
        ended.set()
        with pytest.raises(RequestError):
            await blocker
        while workers.taken:
            await asyncio.sleep(0.01)
        assert not calls

    asyncio.run(main())


def test_an_error_of_the_function_is_raised():
    async def main():
        await Workers(1, 0, 60).run(int, "x")

    with pytest.raises(ValueError):
        asyncio.run(main())
