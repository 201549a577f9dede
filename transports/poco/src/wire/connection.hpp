// SPDX-License-Identifier: MIT
#pragma once

#include "os/resolver.hpp"
#include "wire/client_config.hpp"
#include "wire/connector.hpp"
#include "wire/endpoint.hpp"
#include "wire/reply_parser.hpp"
#include "wire/stream.hpp"

#include <lark/http.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace lark::poco::detail {

/// A request made ready to be sent on any connection. Wiped when it is destroyed: the text holds secrets.
struct prepared_request {
    std::string text;  ///< head and body
    bool is_head = false;
    bool idempotent = false;              ///< may be sent once more
    std::chrono::milliseconds timeout{};  ///< for texts

    prepared_request() = default;
    prepared_request(const prepared_request&) = default;
    prepared_request(prepared_request&&) noexcept = default;
    prepared_request& operator=(const prepared_request&) = default;
    prepared_request& operator=(prepared_request&&) noexcept = default;
    ~prepared_request();
};

/// Throws `std::invalid_argument` for a method or header that would break the framing.
[[nodiscard]] prepared_request prepare(const http_request& request, const target& to, const std::string& user_agent);

/// The next thing that a connection needs from its driver.
struct connection_step {
    enum class what {
        wait,     ///< call again when the socket is ready as said, or at `deadline()`
        again,    ///< call again at once: there is more to read than one turn takes
        replied,  ///< the reply is whole: `take_reply()`
        failed,   ///< see `failure()`; the connection is of no more use
    };
    what is = what::wait;
    bool read = false;
    bool write = false;
};

/// A connection is closed this long before the server closes it: a request that crosses the server's FIN is lost.
inline constexpr auto keep_alive_margin = std::chrono::seconds{1};

/// A connection to one host and the exchanges on it, as a state machine that never waits. In order: connect (see
/// `connector`), CONNECT if there is a proxy, TLS handshake with verification, then request and reply, any number of
/// times.
class connection {
public:
    /// `peers` are the addresses of the proxy if there is one for `where`, else those of the host. `resume` may be
    /// null. `before_close` is called before a descriptor is closed that `fd` may have returned; may be empty.
    connection(std::shared_ptr<const client_config> config, endpoint where, const addresses& peers, session_ptr resume,
               stream::close_function before_close = {});
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    /// The next exchange, on a fresh connection or an idle one.
    void begin(prepared_request request, wire_time connect_deadline, wire_time deadline, wire_time now);

    /// Does a bounded amount of work, without waiting. Reads bytes that have arrived before it compares the time.
    [[nodiscard]] connection_step advance(wire_time now);

    /// When to call `advance` at the latest.
    [[nodiscard]] wire_time deadline() const noexcept;

    [[nodiscard]] http_response take_reply();
    [[nodiscard]] const transport_failure& failure() const noexcept { return failure_; }

    /// After a reply: the connection can be kept.
    [[nodiscard]] bool reusable() const noexcept { return state_ == state::idle; }
    /// Before another exchange: the connection has not been idle for longer than the server announced or than
    /// `trusted`.
    [[nodiscard]] bool is_fresh(wire_time now, wire_clock::duration trusted) const noexcept {
        return now < announced_end_ && now - replied_at_ < trusted;
    }
    /// After a reply: when the connection has to be closed at the latest, by what the server announced.
    [[nodiscard]] wire_time announced_end() const noexcept { return announced_end_; }
    /// Before another exchange: the peer has sent nothing and has not closed.
    [[nodiscard]] bool still_alive();
    /// After a failure: the exchange ran on a kept connection and ended before any byte of a reply, and the request is
    /// idempotent. RFC 9110, 9.2.2.
    [[nodiscard]] bool may_send_again() const noexcept { return may_send_again_; }
    /// After a failure: the exchange ran on a kept connection and ended before any byte of a reply; how long the
    /// connection had been idle. `failure()` says `on_kept_connection`.
    [[nodiscard]] std::optional<wire_clock::duration> lost_after_idle() const noexcept { return lost_after_idle_; }
    /// The request, for the connection that it is sent on again: if it may be, or if there was no socket for it.
    [[nodiscard]] prepared_request take_request() noexcept { return std::move(request_); }
    /// After a failure: no socket could be made, since the process or the system has too many.
    [[nodiscard]] bool out_of_descriptors() const noexcept { return out_of_descriptors_; }
    /// The address that it is connected to; not while it connects.
    [[nodiscard]] const Poco::Net::SocketAddress& address() const noexcept { return address_; }
    /// Replies so far.
    [[nodiscard]] unsigned replies() const noexcept { return replies_; }
    /// Still on the way to the host: no request has gone out.
    [[nodiscard]] bool opening() const noexcept { return state_ < state::exchanging; }

    /// To be asked for after a reply; null if there is none.
    [[nodiscard]] session_ptr session() const { return stream_->session(); }
    [[nodiscard]] bool resumed() const noexcept { return stream_->resumed(); }
    /// Changes while it connects: several addresses may be tried.
    [[nodiscard]] int fd() const { return connector_ ? connector_->fd() : stream_->fd(); }

private:
    enum class state { fresh, connecting, asking_proxy, handshaking, exchanging, idle, closed };

    connection_step go(wire_time now);
    connection_step connect(wire_time now);
    connection_step connected();
    connection_step asked_proxy();
    connection_step shake_hands();
    connection_step exchange();
    connection_step read_reply();
    connection_step timed_out(wire_time now);
    connection_step after(io result);
    connection_step fail(transport_failure_kind why, const std::string& detail);
    [[nodiscard]] bool send(std::string_view text, io& result);
    [[nodiscard]] std::string phase() const;
    [[nodiscard]] wire_time limit() const noexcept;
    void drop_texts() noexcept;

    std::shared_ptr<const client_config> config_;
    endpoint where_;
    const proxy* proxy_;
    session_ptr resume_;
    std::unique_ptr<connector> connector_;  // until it is connected
    std::unique_ptr<stream> stream_;        // from then on
    Poco::Net::SocketAddress address_;
    bool out_of_descriptors_ = false;
    state state_ = state::fresh;

    prepared_request request_;
    std::string question_;  // to the proxy, holds its password
    std::size_t sent_ = 0;
    bool write_failed_ = false;
    unsigned replies_ = 0;
    bool may_send_again_ = false;
    std::optional<wire_clock::duration> lost_after_idle_;
    wire_time replied_at_{};
    wire_time announced_end_ = wire_time::max();
    wire_clock::duration idle_for_{};  // when the exchange began
    std::optional<reply_parser> parser_;
    wire_time connect_deadline_{};
    wire_time deadline_{};
    transport_failure failure_;
};

}  // namespace lark::poco::detail
