// SPDX-License-Identifier: MIT
#include "wire/connection.hpp"

#include "base/ascii.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace lark::poco::detail {
namespace {

using kind = transport_failure_kind;
using std::chrono::milliseconds;

constexpr std::size_t read_size = 16 * 1024;
constexpr int reads_in_a_turn = 4;

void wipe(std::string& text) noexcept {
    OPENSSL_cleanse(text.data(), text.size());
    text.clear();
}

std::string milliseconds_text(milliseconds time) { return std::to_string(time.count()) + " ms"; }

}  // namespace

prepared_request::~prepared_request() { OPENSSL_cleanse(text.data(), text.size()); }

prepared_request prepare(const http_request& request, const target& to, const std::string& user_agent) {
    if (!base::is_token(request.method)) throw std::invalid_argument{"the method of a request must be a token"};
    prepared_request result;
    result.is_head = request.method == "HEAD";
    result.idempotent = request.idempotent;
    result.timeout = request.timeout;
    auto& text = result.text;
    text.reserve(512 + to.path.size() + request.body.size());
    const auto add = [&text](std::initializer_list<std::string_view> parts) {
        for (const auto part : parts) text += part;
    };
    add({request.method, " ", to.path, " HTTP/1.1\r\nHost: ", to.host, "\r\n"});
    if (!find_header(request.headers, "User-Agent")) add({"User-Agent: ", user_agent, "\r\n"});
    if (!find_header(request.headers, "Accept")) text += "Accept: */*\r\n";
    for (const auto& header : request.headers) {
        if (!base::is_token(header.name) || !base::is_header_value(header.value))
            throw std::invalid_argument{"a header of a request has a name or a value that cannot be sent"};
        add({header.name, ": ", header.value, "\r\n"});
    }
    // RFC 9110, 8.6: a request whose method expects a body says so even if it is empty.
    if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD"))
        add({"Content-Length: ", std::to_string(request.body.size()), "\r\n"});
    text += "\r\n";
    text += request.body;
    return result;
}

connection::connection(std::shared_ptr<const client_config> config, endpoint where, const addresses& peers,
                       session_ptr resume, stream::close_function before_close)
    : config_{std::move(config)},
      where_{std::move(where)},
      proxy_{config_->proxies.find(where_)},
      resume_{std::move(resume)},
      connector_{std::make_unique<connector>(peers, std::move(before_close))} {}

connection::~connection() {
    drop_texts();
    if (stream_) stream_->close();
}

void connection::begin(prepared_request request, wire_time connect_deadline, wire_time deadline, wire_time now) {
    drop_texts();
    request_ = std::move(request);
    connect_deadline_ = std::min(connect_deadline, deadline);
    deadline_ = deadline;
    may_send_again_ = false;
    lost_after_idle_.reset();
    idle_for_ = now - replied_at_;
    if (state_ == state::idle) connected();
}

wire_time connection::limit() const noexcept { return opening() ? connect_deadline_ : deadline_; }

wire_time connection::deadline() const noexcept {
    return state_ == state::connecting ? std::min(connector_->next_at(), limit()) : limit();
}

connection_step connection::advance(wire_time now) {
    const auto result = go(now);
    if (result.is == connection_step::what::replied) {
        replied_at_ = now;
        const auto timeout = parser_->keep_alive_timeout();
        announced_end_ = timeout ? now + *timeout - keep_alive_margin : wire_time::max();
    }
    const bool over = result.is == connection_step::what::replied || result.is == connection_step::what::failed;
    return !over && now >= limit() ? timed_out(now) : result;
}

connection_step connection::go(wire_time now) {
    switch (state_) {
    case state::fresh:
    case state::connecting: return connect(now);
    case state::asking_proxy: return asked_proxy();
    case state::handshaking: return shake_hands();
    case state::exchanging: return exchange();
    case state::idle:
    case state::closed: break;
    }
    return {connection_step::what::failed};
}

connection_step connection::connect(wire_time now) {
    state_ = state::connecting;
    const io result = connector_->advance(now, connect_deadline_);
    if (result == io::done) {
        stream_ = connector_->take();
        address_ = connector_->address();
        connector_.reset();
        return connected();
    }
    if (result != io::failed) return after(result);
    out_of_descriptors_ = connector_->out_of_descriptors();
    const auto count = connector_->size();
    const auto& reason = connector_->failure();
    return fail(reason.kind == kind::cut ? kind::cut : kind::connect,
                reason.detail + (count > 1 ? " (the last of " + std::to_string(count) + " addresses)" : ""));
}

/// The next thing to send over the socket as it is now: the question to the proxy, the handshake, or the request.
connection_step connection::connected() {
    sent_ = 0;
    if (state_ == state::connecting && proxy_ != nullptr) {
        state_ = state::asking_proxy;
        const auto to = host_and_port(where_);
        question_ = "CONNECT " + to + " HTTP/1.1\r\nHost: " + to + "\r\nUser-Agent: " + config_->user_agent + "\r\n";
        if (!proxy_->authorization.empty()) question_ += "Proxy-Authorization: " + proxy_->authorization + "\r\n";
        question_ += "\r\n";
        parser_.emplace(config_->max_headers, config_->max_body, reply_parser::expect::tunnel);
        return asked_proxy();
    }
    if ((state_ == state::connecting || state_ == state::asking_proxy) && where_.tls) {
        state_ = state::handshaking;
        stream_->start_tls(config_->tls, where_.host, resume_.get());
        resume_.reset();
        return shake_hands();
    }
    state_ = state::exchanging;
    write_failed_ = false;
    parser_.emplace(config_->max_headers, config_->max_body,
                    request_.is_head ? reply_parser::expect::no_body : reply_parser::expect::body);
    return {connection_step::what::again};
}

connection_step connection::asked_proxy() {
    io result = io::done;
    if (!send(question_, result)) {
        if (result == io::failed) return fail(stream_->failure().kind, stream_->failure().detail);
        return after(result);
    }
    const auto reply = read_reply();
    if (reply.is == connection_step::what::failed && failure_.kind == kind::protocol) failure_.kind = kind::proxy;
    if (reply.is != connection_step::what::replied) return reply;
    const bool surplus = parser_->has_surplus();
    const int status = parser_->take().status;
    wipe(question_);
    if (status / 100 == 2 && !surplus) return connected();
    if (status / 100 == 2) return fail(kind::proxy, "the proxy sent data before the first request");
    // A proxy that cannot reach the host right now says 5xx: as good or bad as a connection that fails.
    return fail(
        status / 100 == 5 ? kind::connect : kind::proxy,
        "the proxy answered CONNECT with HTTP " + std::to_string(status) +
            (status == 407 ? " Proxy Authentication Required: set a user and a password in its URL, or others" : ""));
}

connection_step connection::shake_hands() {
    const io result = stream_->handshake(config_->tls, where_.host);
    if (result == io::done) return connected();
    if (result == io::failed) return fail(stream_->failure().kind, stream_->failure().detail);
    return after(result);
}

connection_step connection::exchange() {
    io sending = io::done;
    const bool begins = sent_ == 0 && !write_failed_;
    const bool all_sent = write_failed_ || send(request_.text, sending);
    // The reply cannot be there yet: looking for it would be a call of the kernel for nothing.
    if (begins && all_sent && !stream_->has_buffered()) return {connection_step::what::wait, true, false};
    // A server may answer and close without reading on: its reply counts, so reading goes on.
    if (!all_sent && sending == io::failed) write_failed_ = true;
    auto result = read_reply();
    if (result.is == connection_step::what::wait && !all_sent && !write_failed_) {
        result.read = true;
        result.write = result.write || sending == io::want_write;
    }
    if (result.is != connection_step::what::replied) return result;
    // Bytes behind the reply are found when the connection is used again: see `still_alive`.
    const bool keep = sent_ == request_.text.size() && parser_->reusable();
    drop_texts();
    state_ = keep ? state::idle : state::closed;
    ++replies_;
    return result;
}

bool connection::send(std::string_view text, io& result) {
    while (sent_ < text.size()) {
        std::size_t sent = 0;
        result = stream_->write(text.substr(sent_), sent);
        if (result != io::done) return false;
        sent_ += sent;
    }
    return true;
}

connection_step connection::read_reply() {
    std::array<char, read_size> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): the read fills it
    for (int turn = 0; turn < reads_in_a_turn; ++turn) {
        std::size_t got = 0;
        const io result = stream_->read(buffer, got);
        if (result == io::want_read || result == io::want_write) return after(result);
        if (result == io::failed) return fail(stream_->failure().kind, stream_->failure().detail);
        const auto now = result == io::eof ? parser_->finish() : parser_->feed({buffer.data(), got});
        OPENSSL_cleanse(buffer.data(), got);
        if (now == reply_parser::state::complete) return {connection_step::what::replied};
        if (now == reply_parser::state::failed) return fail(parser_->failure().kind, parser_->failure().detail);
    }
    return {connection_step::what::again};
}

connection_step connection::timed_out(wire_time now) {
    return fail(kind::timeout, now >= deadline_
                                   ? "no whole reply within " + milliseconds_text(request_.timeout)
                                   : "no connection within " + milliseconds_text(config_->connect_timeout));
}

connection_step connection::after(io result) {
    return {connection_step::what::wait, result == io::want_read, result == io::want_write};
}

connection_step connection::fail(transport_failure_kind why, const std::string& detail) {
    const bool lost = replies_ > 0 && state_ == state::exchanging && why == kind::cut && !parser_->started();
    if (lost) lost_after_idle_ = idle_for_;
    may_send_again_ = lost && request_.idempotent;
    failure_ = {why, phase() + ": " + detail, lost};
    state_ = state::closed;
    // A request that may go over another connection is kept: see `take_request`.
    if (!may_send_again_ && !out_of_descriptors_) drop_texts();
    connector_.reset();
    if (stream_) stream_->close();
    return {connection_step::what::failed};
}

std::string connection::phase() const {
    const auto host = host_and_port(where_);
    const auto through = proxy_ != nullptr ? " through " + proxy_->shown : std::string{};
    switch (state_) {
    case state::connecting:
        if (proxy_ != nullptr) return "connecting to " + proxy_->shown;
        [[fallthrough]];
    case state::fresh:
    case state::asking_proxy: return "connecting to " + host + through;
    case state::handshaking: return "TLS with " + host + through;
    case state::exchanging:
    case state::idle:
    case state::closed: break;
    }
    return "request to " + host + through;
}

http_response connection::take_reply() { return parser_->take(); }

bool connection::still_alive() {
    if (state_ != state::idle) return false;
    if (stream_->is_silent()) return true;
    // TLS 1.3 may have a ticket on the way, which this reads. Anything else makes it unusable: an end, data that was
    // not asked for, or a peer that does not stop.
    char byte = 0;
    std::size_t got = 0;
    return stream_->read({&byte, 1}, got) == io::want_read && stream_->is_silent();
}

void connection::drop_texts() noexcept {
    wipe(request_.text);
    wipe(question_);
}

}  // namespace lark::poco::detail
