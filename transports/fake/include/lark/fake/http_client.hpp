// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/fake/accounts_service.hpp>
#include <lark/fake/service_types.hpp>
#include <lark/http.hpp>
#include <lark/injected/http_client.hpp>
#include <lark/time.hpp>

#include <chrono>
#include <functional>
#include <iosfwd>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

namespace lark::fake {

/// Something that happened, and when on the virtual clock. Holds no secret: no code, no link, no body.
struct log_entry {
    duration at{};  ///< since the client was made
    std::string
        what;  ///< `feishu poll`, `lark token`, `-> 400 slow_down`, `sleep 5000ms`, `stop`, or the text of a note

    friend bool operator==(const log_entry&, const log_entry&) = default;
};

/// `[5000ms] feishu poll`
LARK_EXPORT std::ostream& operator<<(std::ostream& out, const log_entry& event);

/// How an `http_client` reaches its service. Aggregate.
struct client_options {
    std::string domain = "https://accounts.feishu.cn";           ///< requests to this host go to the Feishu side
    std::string lark_domain = "https://accounts.larksuite.com";  ///< and those to this one to the Lark side
    duration latency{};  ///< of the way there and back together; the service sees a request after half of it
    time_point start = from_origin(std::chrono::hours{1});        ///< what the clock says at first
    std::string open_domain = "https://open.feishu.cn";           ///< the open host of the Feishu side
    std::string open_lark_domain = "https://open.larksuite.com";  ///< and of the Lark side
    /// The wall-clock time at `start`: 2027-01-01 00:00 UTC. Another client of the same service that stands for another
    /// machine may differ.
    std::chrono::system_clock::time_point wall_start{std::chrono::seconds{1'798'761'600}};
};

/// The blocking half of the seam over an `accounts_service` or a `replay` in the same process, on a virtual clock that
/// jumps: sending takes `latency`, sleeping takes no time at all, and a registration of ten minutes is over in
/// microseconds.
///
///     lark::fake::accounts_service service{{.approve_after = std::chrono::minutes{2}}};
///     lark::fake::http_client client{service};
///     auto app = lark::register_app(handlers, {}, client);
///
/// Events on the way are set with `at` and `after`: a user who approves, a stop request, a fault. Such actions
/// run when the clock passes their time, those of one time in the order in which they were set. The same test has the
/// same `log` every time.
///
/// Threads: one at a time; a stop may be requested from anywhere, but only one from an action comes at a set time.
/// Lifetimes: `service` must outlive the client.
class LARK_EXPORT http_client final : public injected::http_client {
public:
    /// Throws `std::invalid_argument` if a domain is not a URL with a host.
    explicit http_client(responder& service, const client_options& options = {});

    /// Asks the service. A host that is neither of the two is `name_unknown`; a reply later than `request.timeout` is
    /// `timeout`; a stop request ends it as `cut`. Throws what an action throws.
    [[nodiscard]] http_result send(const http_request& request, std::stop_token stop) override;

    /// The virtual time.
    [[nodiscard]] time_point now() override { return now_; }

    /// Jumps to `deadline`, or to the time at which an action requests the stop. Throws what an action throws.
    void sleep_until(time_point deadline, std::stop_token stop) override;

    /// The virtual time on the wall.
    [[nodiscard]] std::chrono::system_clock::time_point wall_now() override;

    /// Runs `action` when the clock passes `t`; at the next send or sleep if it has.
    void at(time_point t, std::function<void()> action);
    /// The same, counted from now.
    void after(duration d, std::function<void()> action);

    /// Writes into the log, so that handlers and requests stand there in their order.
    void note(std::string text);
    [[nodiscard]] const std::vector<log_entry>& log() const noexcept { return log_; }  ///< so far

private:
    /// Moves the clock to `t`, running what falls due; stops short as soon as a stop is requested. True if it got
    /// there.
    bool advance(time_point t, const std::stop_token& stop);

    responder& service_;
    std::map<std::string, host_role, std::less<>> hosts_;  // `https://host:port`, in lower case
    duration latency_;
    time_point start_;
    std::chrono::system_clock::time_point wall_start_;
    time_point now_;
    std::multimap<time_point, std::function<void()>> actions_;
    std::vector<log_entry> log_;
};

}  // namespace lark::fake
