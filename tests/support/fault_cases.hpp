// SPDX-License-Identifier: MIT
#pragma once

#include "poco_certificates.hpp"
#include "poco_server.hpp"

#include <lark/http.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// The table of faults of a server and of the route to it.
///
/// Every value in a reply begins with "marked-", so that a test can search for it where it must not be.
namespace lark::test {

inline constexpr std::string_view marker = "marked-";

/// The certificates of the table; all but `untrusted` are signed by the authority in `ca_file`.
struct fault_certificates {
    authority ca;
    identity good = ca.issue();
    identity wrong_host = ca.issue({.names = "DNS:evil.test,IP:127.0.0.9"});
    identity expired = ca.issue({.from_days = -10, .to_days = -1});
    identity early = ca.issue({.from_days = 5, .to_days = 10});
    identity untrusted = authority{"somebody else"}.issue();
    temporary_file ca_file{ca.pem()};
};

/// The replies of an honest accounts service: the link, then credentials at the first poll.
struct honest_answer {
    std::string status = "200 OK";
    std::string body;
    [[nodiscard]] std::string text(std::string_view headers = {}) const { return reply_text(body, status, headers); }
};
[[nodiscard]] honest_answer answer_honestly(const std::string& request);

struct fault_case {
    std::string name;  ///< with the scheme
    bool tls = false;
    /// Drives a connection from its first byte to its last.
    std::function<void(peer&, const fault_certificates&)> run;

    std::variant<int, transport_failure_kind> exchange;  ///< of one exchange: status, or kind of failure
    std::string begin;             ///< how a registration ends whose begin always meets this: its code, or "app"
    int tries = 1;                 ///< how often it asks before it gives up
    std::chrono::seconds wait{0};  ///< how long it must wait before it asks again
    /// The connection is kept, and the server closes it without notice: the next request may be lost with it.
    bool keeps_connection = false;
    bool no_request = false;                    ///< a request must not get there: the server's identity is not proved
    std::chrono::milliseconds timeout{10'000};  ///< the timeout of a client that meets only this fault
    /// The timeout of a registration that meets this fault once. Its honest exchanges have to fit in, on a loaded
    /// machine too.
    std::chrono::milliseconds timeout_among_honest{10'000};
    std::chrono::milliseconds longest{3'000};  ///< the time that it may take; generous, for loaded machines
};

/// Every fault, over HTTP and over TLS where both make sense.
[[nodiscard]] std::vector<fault_case> fault_table();

/// A server with the fault of the case.
class fault_server {
public:
    enum class strike {
        always,      ///< each connection
        first_poll,  ///< the second connection only; those before and after are served honestly, one request each
    };

    fault_server(const fault_case& fault, const fault_certificates& certificates, strike when);

    /// `http://127.0.0.1:port`
    [[nodiscard]] std::string url() const;
    [[nodiscard]] int struck() const noexcept { return struck_; }
    [[nodiscard]] int requests() const noexcept { return server_.requests; }

private:
    void lead(peer& client);

    const fault_case& fault_;
    const fault_certificates& certificates_;
    strike when_;
    std::atomic<int> struck_ = 0;
    scripted_server server_;
};

}  // namespace lark::test
