import asyncio

from ten_runtime import (
    AsyncExtensionTester,
    AsyncTenEnvTester,
    Cmd,
    CmdResult,
    Data,
    StatusCode,
    TenError,
    TenErrorCode,
)


class LedgerTester(AsyncExtensionTester):
    def __init__(self):
        super().__init__()
        self.opened = asyncio.Event()

    async def on_init(self, ten_env: AsyncTenEnvTester) -> None:
        self.task = asyncio.create_task(self.watch())

    async def watch(self):
        await self.opened.wait()

    async def on_start(self, ten_env: AsyncTenEnvTester) -> None:
        try:
            await self.check(ten_env)
        except AssertionError as exc:
            ten_env.stop_test(TenError.create(TenErrorCode.ErrorCodeGeneric, repr(exc)))
        else:
            ten_env.stop_test()

    async def add(self, ten_env: AsyncTenEnvTester, amount) -> CmdResult:
        cmd = Cmd.create("add")
        if amount is not None:
            cmd.set_property_int("amount", amount)
        result, error = await ten_env.send_cmd(cmd)
        assert error is None
        return result

    async def check(self, ten_env: AsyncTenEnvTester) -> None:
        await self.task
        result = await self.add(ten_env, 60)
        assert result.get_status_code() == StatusCode.OK
        assert result.get_property_int("total") == (60, None)
        result = await self.add(ten_env, 60)
        assert result.get_status_code() == StatusCode.ERROR
        assert result.get_property_string("detail")[0] == "over the limit"
        result = await self.add(ten_env, None)
        assert result.get_status_code() == StatusCode.ERROR
        numbers = []
        async for result, error in ten_env.send_cmd_ex(Cmd.create("count")):
            assert error is None
            numbers.append((result.get_property_int("n")[0], result.is_completed()))
        assert numbers == [(0, False), (1, False), (2, True)]
        result, _ = await ten_env.send_cmd(Cmd.create("approve"))
        assert result.get_status_code() == StatusCode.OK

    async def on_cmd(self, ten_env: AsyncTenEnvTester, cmd: Cmd) -> None:
        assert cmd.get_name() == "may_i"
        await ten_env.return_result(CmdResult.create(StatusCode.OK, cmd))

    async def on_data(self, ten_env: AsyncTenEnvTester, data: Data) -> None:
        assert data.get_name() == "opened"
        self.opened.set()


def test_ledger():
    tester = LedgerTester()
    tester.set_test_mode_single("ledger_python")
    error = tester.run()
    assert error is None, error.error_message()


def test_ledger_again():
    tester = LedgerTester()
    tester.set_test_mode_single("ledger_python", "{}")
    error = tester.run()
    assert error is None, error.error_message()
