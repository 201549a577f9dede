// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/http.hpp>
#include <lark/injected/event_loop.hpp>
#include <lark/open_platform/api.hpp>
#include <lark/open_platform/bot_info.hpp>
#include <lark/open_platform/options.hpp>
#include <lark/open_platform/scopes.hpp>
#include <lark/registration/outcome.hpp>
#include <lark/secret.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>

namespace lark::injected {

/// Names a call of one `async_client`. Never 0, and not reused within the life of the client.
enum class call_id : std::uint64_t {};

/// The API client over a user's event loop, without a thread: what `client` does, on the loop's thread.
///
///     lark::injected::async_client client{loop, app};
///     client.bot_info([](const auto& info) { … });
///     while (!client.empty()) loop.run_once();
///
/// A call calls `done` exactly once, however it ends; a failure is a value. The client does not know the call any more
/// then. `done` runs on the loop's thread, from within an answer or the timer of the loop, `cancel` or `cancel_all`. It
/// may call any function of the client. The destructor calls nothing, and nothing is called after it; it may run within
/// `done` too, but not within a function of the loop.
///
/// All calls share one token, which is fetched when the first of them needs it, and refreshed as `client` says. A
/// request that the loop has no room for (`event_loop::has_room`) waits for its turn, and its timeout has not started
/// then. A function of the client starts at most 32 requests and then returns to the loop.
///
/// An exception of the loop's `start_request` or of `client_options::on_trace` ends the call with kind `no_reply` and
/// the exception's text up to 1 KiB, secrets of the client redacted. If it concerns the request for a token, it ends
/// the calls that wait for the token. An exception of `done` comes out of the function of the client that called it,
/// once all other work is done (the first of several).
///
/// `client_options::credentials_provider` is called on the loop's thread, and delays the loop.
/// `client_options::async_workers` has no meaning here.
///
/// Threads: the client and its loop belong to one thread at a time; nothing here locks. Throws: in addition to the
/// exceptions named at each function, `std::bad_alloc` and those of the loop's timer functions; the client is
/// consistent after them.
class LARK_EXPORT async_client {
public:
    /// What `done` gets; each is a value or why there is none.
    using api_handler = std::function<void(const open_platform::api_result&)>;
    using token_handler = std::function<void(const std::variant<secret, open_platform::api_failure>&)>;  ///< see above
    using bot_info_handler =
        std::function<void(const std::variant<open_platform::bot_info, open_platform::api_failure>&)>;  ///< see above
    using scopes_handler = std::function<void(
        const std::variant<registration::addon_groups, open_platform::api_failure>&)>;  ///< see above

    /// With the credentials of a registration; the API host is that of the tenant's brand, unless `options.domain`
    /// names one. Attaches itself to `loop`, which is kept by reference and must outlive the client. Throws
    /// `registration::invalid_option`, and `std::logic_error` if the loop has another handler (see `shared_loop`).
    async_client(event_loop& loop, const registration::app& app, open_platform::client_options options = {});
    async_client(event_loop& loop, const std::string& app_id, secret app_secret,
                 open_platform::client_options options = {});  ///< with stored credentials
    async_client(const async_client&) = delete;
    async_client& operator=(const async_client&) = delete;

    /// Abandons the requests in flight, disarms the timer and detaches itself. For every `done`, call `cancel_all`
    /// first.
    ~async_client();

    /// Makes any call with a JSON reply. It begins when the loop's timer expires, which is armed for it: no request
    /// starts and nothing is called within this function. Throws `registration::invalid_option` for a request that
    /// cannot be sent, and for an empty `done`; whatever it throws, nothing has been added.
    call_id request(open_platform::api_request request, api_handler done);

    call_id tenant_access_token(token_handler done);  ///< a token that is valid now; see `client::tenant_access_token`
    call_id bot_info(bot_info_handler done);          ///< see `client::bot_info`
    call_id granted_scopes(scopes_handler done);      ///< see `client::granted_scopes`

    /// Ends a call with kind `aborted`; true if it was running and not cancelled before. Its `done` has been called on
    /// return or, if this is called inside a callback or a function of the loop, is called once that has returned. An
    /// answer that the loop has already given counts.
    bool cancel(call_id id);
    /// `cancel` for all that have been added so far.
    void cancel_all();

    /// Calls that have not ended.
    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }  ///< whether all have ended

private:
    class driver;
    std::shared_ptr<driver> driver_;  // also held by its functions, in which the client may be destroyed
};

}  // namespace lark::injected
