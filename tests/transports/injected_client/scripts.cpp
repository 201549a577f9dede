// SPDX-License-Identifier: MIT
// Random scripts for the client: a transport that answers, fails, throws and stops at random, on a virtual clock; calls
// that block and calls that do not; clients that are destroyed at any time, in their own callbacks too.
#include <lark/injected/client.hpp>
#include <lark/injected/http_client.hpp>
#include <lark/json.hpp>
#include <lark/open_platform/errors.hpp>

#include "support/random_scripts.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace lark;
using namespace lark::open_platform;
using namespace std::chrono_literals;
using injected::client;
using lark::test::claims;
using lark::test::dice;

namespace {

const std::string odd_secret = "s3cr3t\"of\\the-app";
const std::string token_path = "/open-apis/auth/v3/tenant_access_token/internal";

std::string path_of(const http_request& request) {
    const auto at = request.url.find('/', request.url.find("://") + 3);
    return request.url.substr(at);
}

/// The requests of one call and their ends.
struct wire_record {
    unsigned sends = 0;
    unsigned bad_tokens = 0;
    bool succeeded = false;
};

/// Shared by the threads of the client; one mutex for all.
class random_client final : public injected::http_client {
public:
    explicit random_client(dice& d) : random_(d) {}

    // --- the transport -----------------------------------------------------------------------------------------------

    http_result send(const http_request& request, std::stop_token stop) override {
        const auto path = path_of(request);
        const bool fetches = path == token_path;
        std::unique_lock lock{mutex_};
        claim(!gone_, "the transport is used after the client's end");
        ++running_;
        claim(running_ <= workers_ + 1, "more requests at once than threads");
        if (fetches) claim(++fetching_ == 1, "two tokens are fetched at once");
        if (random_.one_in(12)) now_ += std::chrono::milliseconds{random_.below(6'000)};
        if (random_.one_in(20)) stop_one();
        lock.unlock();
        std::this_thread::yield();
        lock.lock();
        const auto what = random_.below(14);
        const bool stopped = stop.stop_requested() && random_.one_in(2);
        struct end {
            random_client& self;
            bool fetches;
            ~end() {
                --self.running_;
                if (fetches) --self.fetching_;
            }
        } const at_end{*this, fetches};

        auto& record = wire_[path];
        ++record.sends;
        const auto quote = request.body + std::string{find_header(request.headers, "Authorization").value_or("")};
        if (stopped) return transport_failure{transport_failure_kind::cut, "stopped; sent " + quote};
        switch (what) {
        case 0: throw std::runtime_error{"cannot send " + quote};
        case 1:
            if (random_.one_in(3)) throw 42;
            return http_response{503, {}, ""};
        case 2: return transport_failure{transport_failure_kind::cut, "after " + quote};
        case 3: return transport_failure{transport_failure_kind::certificate, "before " + quote};
        case 4:
            return http_response{
                429, {{"Retry-After", std::to_string(random_.below(40))}}, R"({"code":99991400,"msg":"slow"})"};
        case 5: return http_response{400, {}, R"({"code":7,"msg":)" + json::quote(quote) + '}'};
        case 6:
        case 7:
            if (fetches) break;
            ++record.bad_tokens;
            return http_response{400, {}, R"({"code":99991663,"msg":"bad token","error":)" + json::quote(quote) + '}'};
        case 8: return http_response{200, {}, "<html>"};
        default: break;
        }
        if (fetches)
            return http_response{200,
                                 {},
                                 R"({"code":0,"tenant_access_token":"t-s3cr3t-)" + std::to_string(++tokens_) +
                                     R"(","expire":)" + (random_.one_in(2) ? "7200" : "3") + '}'};
        record.succeeded = true;
        return http_response{200, {}, R"({"code":0,"msg":"ok","data":{"path":)" + json::quote(path) + "}}"};
    }

    time_point now() override {
        const std::lock_guard lock{mutex_};
        claim(!gone_, "the clock is read after the client's end");
        return now_;
    }

    void sleep_until(time_point deadline, std::stop_token stop) override {
        const std::lock_guard lock{mutex_};
        claim(!gone_, "the transport sleeps after the client's end");
        if (random_.one_in(10)) stop_one();
        if (!stop.stop_requested()) now_ = std::max(now_, deadline);
    }

    // --- the script --------------------------------------------------------------------------------------------------

    std::string play() {
        workers_ = static_cast<unsigned>(1 + random_.below(3));
        const registration::app app{.client_id = "cli_1", .client_secret = secret{odd_secret}};
        client_ = std::make_unique<client>(
            app, *this,
            client_options{.tries = 1 + static_cast<unsigned>(random_.below(3)), .async_workers = workers_});
        bool destroys = false;
        std::size_t steps = 0;
        {
            const std::lock_guard lock{mutex_};
            steps = 1 + random_.below(10);
            destroys = random_.one_in(4);
        }
        for (std::size_t i = 0; i < steps; ++i) step();
        if (destroys) destroy_in_callback();
        wait_or_destroy();
        for (auto& future : futures_) look_at(future);
        const std::lock_guard lock{mutex_};
        for (const auto& [path, calls] : callbacks_)
            claim(calls == 1, "a callback was called " + std::to_string(calls) + " times");
        for (const auto& [path, record] : wire_) check(path, record);
        return claims_.broken();
    }

private:
    struct pending {
        std::string path;
        std::future<api_response> result;
    };

    void claim(bool holds, std::string_view text) { claims_.claim(holds, text); }  // under the mutex

    /// A stop of one of the calls, from wherever the transport is.
    void stop_one() {
        if (!stops_.empty()) to_stop_.push_back(random_.one_of(stops_));
    }

    void step() {
        std::vector<std::stop_source> stops;
        std::size_t what = 0;
        bool posts = false;
        std::string path;
        std::stop_source stop;
        {
            const std::lock_guard lock{mutex_};
            stops.swap(to_stop_);
            what = random_.below(7);
            posts = random_.one_in(2);
            path = (posts ? "/post/" : "/get/") + std::to_string(++calls_);
            stops_.push_back(stop);
            if (random_.one_in(8)) now_ += 6700s;
        }
        for (auto& s : stops) s.request_stop();
        api_request request{.method = posts ? "POST" : "GET", .path = path};
        switch (what) {
        case 0:
        case 1: blocking(path, std::move(request), stop.get_token()); break;
        case 2: {
            auto future = client_->request_async(std::move(request), stop.get_token());
            futures_.push_back({path, std::move(future)});
            break;
        }
        case 3:
            try {
                const auto token = client_->tenant_access_token(stop.get_token());
                const std::lock_guard lock{mutex_};
                claim(token.reveal().starts_with("t-s3cr3t-"), "a token that was not fetched");
            } catch (const api_error& error) {
                check_text(error.what() + error.body().text());
            } catch (const std::runtime_error&) {  // of the transport
            } catch (int) {                        // likewise
            }
            break;
        default: with_callback(path, std::move(request), stop.get_token());
        }
    }

    void blocking(const std::string& path, api_request request, std::stop_token stop) {
        try {
            check(path, client_->request(std::move(request), std::move(stop)));
        } catch (const api_error& error) {
            check(path, error.failure());
        } catch (const std::runtime_error&) {  // of the transport
        } catch (int) {                        // likewise
        }
    }

    void with_callback(const std::string& path, api_request request, std::stop_token stop) {
        {
            const std::lock_guard lock{mutex_};
            callbacks_[path] = 0;
        }
        client_->request_async(
            std::move(request),
            [this, path](const api_result& result) {
                std::visit([&](const auto& r) { check(path, r); }, result);
                const std::lock_guard lock{mutex_};
                ++callbacks_[path];
            },
            std::move(stop));
    }

    void destroy_in_callback() {
        client_->request_async({.path = "/get/last"}, [this](const api_result&) {
            client_.reset();
            const std::lock_guard lock{mutex_};
            gone_ = true;
            all_ended_.notify_all();
        });
        std::unique_lock lock{mutex_};
        claim(all_ended_.wait_for(lock, 60s, [&] { return gone_; }), "the callback does not come");
    }

    void wait_or_destroy() {
        if (client_ == nullptr) return;
        client_.reset();
        const std::lock_guard lock{mutex_};
        gone_ = true;
    }

    void look_at(pending& p) {
        const bool ready = p.result.wait_for(0s) == std::future_status::ready;
        {
            const std::lock_guard lock{mutex_};
            claim(ready, "a future is not ready after the client's end");
        }
        if (!ready) return;
        try {
            check(p.path, p.result.get());
        } catch (const api_error& error) {
            check(p.path, error.failure());
        } catch (const std::runtime_error&) {  // of the transport
        } catch (int) {                        // likewise
        }
    }

    void check(const std::string& path, const api_response& response) {
        const std::lock_guard lock{mutex_};
        claim(response.data["path"].as_string() == path, "the reply of another call");
        claim(wire_[path].succeeded, "a result that the service did not send");
    }

    void check(const std::string& path, const api_failure& why) {
        {
            const std::lock_guard lock{mutex_};
            claim(!wire_[path].succeeded, "a result is lost");
        }
        check_text(describe(why) + why.body.text());
    }

    void check_text(const std::string& text) {
        const std::lock_guard lock{mutex_};
        claim(text.find("s3cr3t") == std::string::npos, "a secret in a text: " + text);
    }

    void check(const std::string& path, const wire_record& record) {
        if (path.starts_with("/post/"))
            claim(record.sends <= 1 + std::min(record.bad_tokens, 1U), "a POST is sent too often");
        if (path.starts_with("/get/")) claim(record.sends <= 4, "a GET is sent too often");
    }

    dice& random_;  // under the mutex from the first call on, as all below
    std::mutex mutex_;
    std::condition_variable all_ended_;
    claims claims_;
    unsigned workers_ = 1;
    time_point now_ = from_origin(1h);
    bool gone_ = false;
    unsigned running_ = 0;
    unsigned fetching_ = 0;
    unsigned tokens_ = 0;
    unsigned calls_ = 0;
    std::map<std::string, wire_record> wire_;
    std::map<std::string, int> callbacks_;
    std::vector<std::stop_source> stops_;
    std::vector<std::stop_source> to_stop_;
    std::vector<pending> futures_;
    std::unique_ptr<client> client_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(random_scripts_of_the_client) {
    lark::test::play_scripts([](dice& random) {
        const auto client = std::make_unique<random_client>(random);
        return client->play();
    });
}
