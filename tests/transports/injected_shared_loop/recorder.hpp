// SPDX-License-Identifier: MIT
#pragma once

#include "../injected_flow_set/scripted_loop.hpp"

#include <lark/injected/shared_loop.hpp>

#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace lark::test {

/// An event handler that writes down what it is called with: `3: 200`, `3: cut`, `timer`.
class recorder final : public injected::event_handler {
public:
    explicit recorder(injected::event_loop& loop) : loop_(loop) { loop_.attach(*this); }
    ~recorder() { loop_.detach(*this); }

    void send(std::uint64_t id) {
        http_request request;
        request.url = "https://x/" + std::to_string(id);
        loop_.start_request(request_handle{id}, std::move(request));
    }
    void abandon(std::uint64_t id) { loop_.abandon_request(request_handle{id}); }
    void arm(time_point t) { loop_.arm_timer(t); }
    void disarm() { loop_.disarm_timer(); }

    bool handle_result(request_handle id, http_result result) override {
        const auto* response = std::get_if<http_response>(&result);
        return note(number(id) + ": " +
                    (response != nullptr ? std::to_string(response->status)
                                         : std::string{to_string(std::get<transport_failure>(result).kind)}));
    }
    void handle_timer() override { note("timer"); }
    void handle_room() override { note("room"); }

    /// The calls since the last one of this function.
    [[nodiscard]] std::string take_calls() {
        std::string all;
        for (const auto& w : words_) all += (all.empty() ? "" : ", ") + w;
        words_.clear();
        return all;
    }

    std::function<void(const std::string&)> on_call;

private:
    static std::string number(request_handle id) { return std::to_string(static_cast<std::uint64_t>(id)); }
    bool note(const std::string& what) {
        words_.push_back(what);
        if (on_call) on_call(what);
        return true;
    }

    injected::event_loop& loop_;
    std::vector<std::string> words_;
};

/// Two handlers over one loop.
struct two_handlers {
    scripted_loop loop;
    injected::shared_loop shared{loop};
    injected::shared_loop::view view_a{shared};
    injected::shared_loop::view view_b{shared};
    recorder a{view_a};
    recorder b{view_b};
};

}  // namespace lark::test
