// SPDX-License-Identifier: MIT
#include <lark/poco/http_client.hpp>

#include "os/resolver.hpp"
#include "os/stop_signal.hpp"
#include "wire/connection.hpp"
#include "wire/endpoint.hpp"
#include "wire/keep_alive.hpp"
#include "wire/openssl_errors.hpp"
#include "wire/settings.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>
#include <variant>

namespace lark::poco {
namespace {

using namespace detail;
using kind = transport_failure_kind;

}  // namespace

class http_client::implementation {
public:
    explicit implementation(const http_options& options) : settings_{make_settings(options)} {}

    http_result send(const http_request& request, std::stop_token token) {
        const auto to = parse_url(request.url);
        const auto& where = to.where;
        auto prepared = prepare(request, to, settings_->user_agent);
        const auto started = wire_clock::now();
        // Half the clock's range is for ever, and cannot overflow.
        const auto longest = std::chrono::duration_cast<std::chrono::milliseconds>(wire_clock::duration::max() / 2 -
                                                                                   started.time_since_epoch());
        const auto deadline = started + std::clamp(request.timeout, std::chrono::milliseconds::zero(), longest);
        const auto connect_deadline = started + std::min(settings_->connect_timeout, longest);
        const stop_signal stop{std::move(token)};
        if (auto kept = take(where)) {
            auto result = exchange(*kept, std::move(prepared), connect_deadline, deadline, stop);
            learn(*kept);
            const bool send_again = kept->may_send_again() && !stop.stopped();
            if (!send_again) return keep(std::move(kept), std::move(result));
            prepared = kept->take_request();
        }
        auto way = resolve(where, std::min(connect_deadline, deadline), stop);
        if (auto* failure = std::get_if<transport_failure>(&way)) return std::move(*failure);
        auto& found = std::get<addresses>(way);
        auto session = recall(where, found);
        auto fresh = std::make_unique<connection>(settings_, where, std::move(found), std::move(session));
        auto result = exchange(*fresh, std::move(prepared), connect_deadline, deadline, stop);
        return keep(std::move(fresh), std::move(result));
    }

private:
    /// An answer of the resolver. Its request may have stopped waiting for it.
    struct lookup {
        event_flag answered;
        std::mutex mutex;
        resolution answer;
    };

    http_result exchange(connection& over, prepared_request request, wire_time connect_deadline, wire_time deadline,
                         const stop_signal& stop) {
        over.begin(std::move(request), connect_deadline, deadline, wire_clock::now());
        for (bool stopped = false;;) {
            const auto step = over.advance(wire_clock::now());
            if (step.is == next_step::what::replied) return over.take_reply();
            if (step.is == next_step::what::failed) return over.failure();
            // Only after `advance`: a reply that has arrived whole by then still counts.
            if (stopped) return transport_failure{kind::cut, "stopped by the caller"};
            stopped = step.is == next_step::what::again
                          ? stop.stopped()
                          : stop.wait(over.fd(), step, over.deadline()) == stop_signal::woken::stopped;
        }
    }

    resolution resolve(const endpoint& where, wire_time deadline, const stop_signal& stop) {
        const auto* proxy = settings_->proxies.find(where);
        if (auto failure = proxy_failure(proxy)) return std::move(*failure);
        const auto& peer = proxy != nullptr ? proxy->where : where;
        const auto told = [&](transport_failure failure) {
            return resolver_failure(settings_->proxies, where, std::move(failure));
        };
        const auto asked = std::make_shared<lookup>();
        resolver_.resolve(peer.host, peer.port, [asked](resolution answer) {
            {
                const std::lock_guard lock{asked->mutex};
                asked->answer = std::move(answer);
            }
            asked->answered.set();
        });
        switch (stop.wait(asked->answered.fd(), {next_step::what::wait, true, false}, deadline)) {
        case stop_signal::woken::stopped: return transport_failure{kind::cut, "stopped by the caller"};
        case stop_signal::woken::deadline: return told({kind::timeout, "no answer in time"});
        case stop_signal::woken::ready: break;
        }
        const std::lock_guard lock{asked->mutex};
        if (auto* failure = std::get_if<transport_failure>(&asked->answer)) return told(std::move(*failure));
        return std::move(asked->answer);
    }

    /// The kept connection to that host, if it is still open. No other call uses it until it is kept again.
    std::unique_ptr<connection> take(const endpoint& where) {
        std::unique_ptr<connection> found;
        {
            const std::lock_guard lock{mutex_};
            if (const auto it = kept_.find(where); it != kept_.end()) {
                found = std::move(it->second.idle);
                if (found && !found->is_fresh(wire_clock::now(), it->second.limit.trusted())) found.reset();
            }
        }
        if (found && !found->still_alive()) found.reset();
        return found;
    }

    /// Shortens the time that connections to the host may be idle, if a request was lost on a kept one.
    void learn(const connection& used) {
        const auto idle = used.lost_after_idle();
        if (!idle) return;
        const std::lock_guard lock{mutex_};
        kept_[used.where()].limit.lost_after(*idle);
    }

    /// The session of the last connection to that host. Puts the address that worked at the front.
    session_ptr recall(const endpoint& where, addresses& way) {
        const std::lock_guard lock{mutex_};
        const auto it = kept_.find(where);
        if (it == kept_.end()) return nullptr;
        if (it->second.worked) put_first(way, *it->second.worked);
        return std::move(it->second.session);
    }

    http_result keep(std::unique_ptr<connection> used, http_result result) {
        if (!std::holds_alternative<http_response>(result)) return result;
        auto session = used->session();
        const std::lock_guard lock{mutex_};
        auto& home = kept_[used->where()];
        if (session) home.session = std::move(session);
        home.worked = used->address();
        if (used->reusable()) home.idle.swap(used);
        return result;
    }

    struct place {
        std::unique_ptr<connection> idle;
        session_ptr session;
        std::optional<Poco::Net::SocketAddress> worked;
        idle_limit limit;
    };

    std::shared_ptr<const settings> settings_;
    resolver resolver_;
    std::mutex mutex_;
    std::map<endpoint, place> kept_;
};

http_client::http_client(const http_options& options) : implementation_{std::make_unique<implementation>(options)} {}

http_client::~http_client() {
    const detail::openssl_errors kept;
    implementation_.reset();
}

http_result http_client::send(const http_request& request, std::stop_token stop) {
    const detail::openssl_errors kept;
    try {
        return implementation_->send(request, std::move(stop));
    } catch (const std::system_error& error) {  // no descriptor or no thread is left: retryable
        return transport_failure{kind::connect, std::string{"out of resources: "} + error.what()};
    }
}

}  // namespace lark::poco
