import threading

from ten_runtime import Cmd, CmdResult, Data, Extension, LogLevel, StatusCode, TenEnv


class LedgerExtension(Extension):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.total = 0

    def on_init(self, ten_env: TenEnv) -> None:
        exists, _ = ten_env.is_property_exist("limit")
        assert exists
        self.limit, err = ten_env.get_property_int("limit")
        assert err is None
        ten_env.on_init_done()

    def on_start(self, ten_env: TenEnv) -> None:
        def later():
            ten_env.log(LogLevel.INFO, "opened in an outer thread")
            data = Data.create("opened")
            data.set_property_int("limit", self.limit)
            ten_env.send_data(data)
            ten_env.on_start_done()

        self.thread = threading.Thread(target=later)
        self.thread.start()

    def on_cmd(self, ten_env: TenEnv, cmd: Cmd) -> None:
        name = cmd.get_name()
        if name == "add":
            amount, _ = cmd.get_property_int("amount")
            if self.total + amount > self.limit:
                result = CmdResult.create(StatusCode.ERROR, cmd)
                result.set_property_string("detail", "over the limit")
                ten_env.return_result(result)
                return
            self.total += amount
            result = CmdResult.create(StatusCode.OK, cmd)
            result.set_property_int("total", self.total)
            ten_env.return_result(result)
        elif name == "count":
            for n in range(3):
                result = CmdResult.create(StatusCode.OK, cmd)
                result.set_final(n == 2)
                result.set_property_int("n", n)
                ten_env.return_result(result)
        elif name == "approve":
            request = Cmd.create("may_i")
            ten_env.send_cmd(request, lambda env, result, error: self.approved(env, cmd, result))

    def approved(self, ten_env: TenEnv, cmd: Cmd, result: CmdResult | None) -> None:
        assert result is not None
        ten_env.return_result(CmdResult.create(result.get_status_code(), cmd))

    def on_stop(self, ten_env: TenEnv) -> None:
        self.thread.join()
        ten_env.on_stop_done()
