// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/fake/accounts_service.hpp>
#include <lark/fake/replay.hpp>
#include <lark/open_platform/options.hpp>
#include <lark/registration/outcome.hpp>
#include <lark/time.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace lark::fake {

/// How a `sandbox` is set up. Aggregate: `{.service = {.approve_after = 5s}, .tls = true}`.
struct sandbox_options {
    /// How the service behaves. `verification_page` is set by the sandbox: its own page; `random` too, if it is empty.
    service_options service{};

    std::uint16_t port = 0;       ///< of the Feishu host; 0: any that is free
    std::uint16_t lark_port = 0;  ///< of the Lark host; 0: any that is free

    /// HTTPS instead of HTTP. Without `certificate` a certificate for localhost, 127.0.0.1 and ::1 is made, signed by
    /// an authority made for it alone, whose key is destroyed before the constructor returns.
    bool tls = false;
    std::filesystem::path certificate{};  ///< PEM, the chain with the server's own first; needs `key` and `tls`
    std::filesystem::path key{};          ///< PEM, without a passphrase

    /// Answers as this trace says; the model of the service is not asked then. The links lead to the sandbox's page,
    /// which does not know their codes.
    std::optional<fake::replay> replay{};

    /// Called for each request of a registration or an API call, once it is known how it is answered; not for pages.
    /// The event is as the server sees it: `took` is the delay of the reply, and what follows is not known. Runs on the
    /// sandbox's thread, which serves nothing until it returns; must not call the sandbox, and must not throw.
    std::function<void(const registration::trace_event&)> on_exchange{};
};

/// Counters of the wire of one host.
struct wire_counters {
    std::uint64_t connections = 0;     ///< TCP connections accepted
    std::uint64_t tls_handshakes = 0;  ///< completed, resumed ones included
    std::uint64_t requests = 0;        ///< that arrived whole, for the page included
};

/// The model of the service over real HTTP or HTTPS on 127.0.0.1: a port for Feishu and one for Lark, each for the
/// accounts host and the open host in one (`lark::client`'s option `domain` takes the same URLs), and the page behind
/// the link, with Approve and Deny. For tests, and for trying out without a real tenant; other languages' SDKs can use
/// it too.
///
///     lark::fake::sandbox sandbox{{.service = {.approve_after = std::chrono::seconds{5}}, .tls = true}};
///     lark::register_app(handlers, {.domain = sandbox.url(), .lark_domain = sandbox.lark_url()},
///                        {.ca_file = sandbox.ca_file()});
///
/// It serves from the end of the constructor to the start of the destructor, on a thread of its own. Nothing but
/// loopback can reach it, and requests whose `Host` is not a name of loopback are refused, so that no page on the web
/// can.
///
/// On the wire, a fault's `transport_failure` looks like this: `timeout`: no reply ever; `cut`: the connection ends in
/// the middle of the reply; `protocol`: the reply is not HTTP; `too_large`: a reply of 1 MiB; any other: the connection
/// ends without a word.
///
/// Threads: every member may be called from any thread. Throws: the constructor as said; the others `std::bad_alloc`.
class LARK_EXPORT sandbox {
public:
    /// Throws `std::runtime_error` if a port is taken or certificate and key are unusable, `std::invalid_argument` for
    /// options that contradict each other.
    explicit sandbox(sandbox_options options = {});
    sandbox(const sandbox&) = delete;
    sandbox& operator=(const sandbox&) = delete;
    /// Cuts every connection and waits for the thread, which takes milliseconds.
    ~sandbox();

    /// The value for `domain`, such as `http://127.0.0.1:41234`.
    [[nodiscard]] const std::string& url() const noexcept;
    /// The value for `lark_domain`.
    [[nodiscard]] const std::string& lark_url() const noexcept;

    /// A PEM file with what a client must trust: the authority made for this sandbox, or the given `certificate`. Empty
    /// without `tls`. The made file is removed with the sandbox.
    [[nodiscard]] const std::filesystem::path& ca_file() const noexcept;

    /// For API calls of an app that was registered here, at the open host of its tenant's brand:
    ///
    ///     lark::client client{app, sandbox.client_options(app), {.ca_file = sandbox.ca_file()}};
    [[nodiscard]] open_platform::client_options client_options(const registration::app& app) const;

    /// See `accounts_service::on`.
    void on(std::string method, std::string path, api_handler handler);

    /// Decides for every code that is pending; returns how many there were. To decide for one, see `with_service`.
    std::size_t approve();
    std::size_t deny();  ///< says no for every pending code
    /// Ends the lifetime of every code; returns how many there were.
    std::size_t expire();

    /// Runs `use` on the model, with the time of the sandbox's clock; requests wait until it returns. `use` must not
    /// call this sandbox. Throws what `use` throws.
    void with_service(const std::function<void(accounts_service&, time_point)>& use);

    void add_fault(fault f);                                 ///< see `accounts_service::add_fault`
    [[nodiscard]] request_counters counters() const;         ///< since the start
    [[nodiscard]] wire_counters wire(host_role host) const;  ///< since the start

    /// Waits until the service has been asked at least `count` times in all (pages do not count). False if that did not
    /// happen within `limit`.
    bool wait_for_requests(std::uint64_t count, std::chrono::milliseconds limit) const;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace lark::fake
