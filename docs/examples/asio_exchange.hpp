// SPDX-License-Identifier: MIT
#pragma once

#include <lark/http.hpp>

#include <utility>  // before awaitable.hpp, which needs it and does not say so (Boost 1.74)

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast.hpp>
#include <boost/beast/ssl.hpp>

#include <string>
#include <string_view>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

using https_stream = beast::ssl_stream<beast::tcp_stream>;

/// `https://host[:port]/path`, which is all that the core asks for.
struct target {
    std::string host, port, path;

    explicit target(std::string url) {
        url.erase(0, std::string_view{"https://"}.size());
        const auto slash = url.find('/');
        path = url.substr(slash);
        host = url.substr(0, slash);
        const auto colon = host.find(':');
        port = colon == std::string::npos ? "443" : host.substr(colon + 1);
        host = host.substr(0, colon);
    }
};

/// The kind of an error, by which the core decides.
inline lark::transport_failure_kind kind_of(const boost::system::error_code& error) {
    using kind = lark::transport_failure_kind;
    if (error == asio::error::host_not_found) return kind::name_unknown;
    if (error == asio::error::host_not_found_try_again) return kind::name_temporary;
    if (error == asio::error::connection_refused || error == asio::error::network_unreachable) return kind::connect;
    if (error == beast::error::timeout) return kind::timeout;
    if (error == http::error::body_limit || error == http::error::header_limit) return kind::too_large;
    if (error.category() == asio::error::get_ssl_category())
        return ERR_GET_REASON(static_cast<unsigned long>(error.value())) == SSL_R_CERTIFICATE_VERIFY_FAILED
                   ? kind::certificate
                   : kind::tls;
    return kind::cut;
}

/// One exchange on a connection of its own, to keep the example short.
inline asio::awaitable<lark::http_response> https_exchange(https_stream& connection,
                                                           const lark::http_request& request) {
    const target to{request.url};
    connection.next_layer().expires_after(request.timeout);
    asio::ip::tcp::resolver resolver{co_await asio::this_coro::executor};
    const auto addresses = co_await resolver.async_resolve(to.host, to.port, asio::use_awaitable);
    co_await connection.next_layer().async_connect(addresses, asio::use_awaitable);
    SSL_set_tlsext_host_name(connection.native_handle(), to.host.c_str());
    connection.set_verify_callback(asio::ssl::host_name_verification{to.host});
    co_await connection.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);

    http::request<http::string_body> out{http::string_to_verb(request.method), to.path, 11};
    out.set(http::field::host, to.port == "443" ? to.host : to.host + ':' + to.port);
    for (const auto& h : request.headers) out.set(h.name, h.value);
    out.body() = request.body;
    out.prepare_payload();
    co_await http::async_write(connection, out, asio::use_awaitable);

    beast::flat_buffer buffer;
    http::response_parser<http::string_body> in;
    in.body_limit(256 * 1024);
    co_await http::async_read(connection, buffer, in, asio::use_awaitable);
    lark::http_response reply{static_cast<int>(in.get().result_int()), {}, std::move(in.get().body())};
    for (const auto& field : in.get())
        reply.headers.push_back({std::string{field.name_string()}, std::string{field.value()}});
    co_return reply;
}
