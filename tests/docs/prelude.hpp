// SPDX-License-Identifier: MIT
#pragma once
// The code blocks of README and docs assume these names of the reader's own program. blocks.py puts each block into a
// function after this header, unless the block defines functions or types itself.

#include <lark/fake.hpp>
#include <lark/injected.hpp>
#include <lark/poco.hpp>
#include <lark/qr.hpp>
#include <lark/text.hpp>

#include <chrono>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

namespace the_readers_own {

using namespace std::chrono_literals;

inline const lark::registration::handlers handlers{.on_qr_code = [](const lark::registration::qr_code&) {}};
inline const lark::registration::qr_code qr{.url = "https://accounts.feishu.cn/page/launcher?user_code=ABCD-EFGH"};
inline const lark::registration::app app{};
inline const lark::open_platform::api_response reply{};
inline const std::string body{};
inline std::vector<std::string> names{};

inline void show(const std::string&) {}
inline void show_link(const lark::registration::qr_code&) {}
inline void save(const std::string&, const std::string&) {}
inline void close_dialog() {}
inline std::string sign(std::string_view audience) { return std::string{audience}; }
inline void run_in_the_gui_thread(const std::function<void()>& f) { f(); }

struct networking_stack {
    lark::http_result post(const std::string&, const std::string&, const std::vector<lark::http_header>&,
                           std::chrono::milliseconds) {
        return lark::transport_failure{};
    }
};
inline networking_stack my_stack{};
inline const std::shared_ptr<lark::injected::http_client> my_shared_transport =
    std::make_shared<lark::injected::function_client>(
        [](const lark::http_request&, std::stop_token) -> lark::http_result { return lark::transport_failure{}; });
inline lark::injected::http_client& my_transport = *my_shared_transport;

/// For the contract suite: two transports of the reader's.
namespace mine {
class loop final : public lark::injected::runnable_event_loop {
public:
    explicit loop(const auto& /*ca_file*/) {}
    void run_once() override {}
    void wake() noexcept override {}
    void start_request(lark::injected::request_handle, lark::http_request) override {}
    void abandon_request(lark::injected::request_handle) noexcept override {}
    void arm_timer(lark::time_point) override {}
    void disarm_timer() override {}
};
lark::registration::app register_app(const lark::registration::handlers&, const lark::registration::options&,
                                     const auto& /*ca_file*/, std::stop_token) {
    return {};
}
}  // namespace mine

}  // namespace the_readers_own
