#include <lark/injected/event_loop.hpp>

#include <lark/injected/http_client.hpp>

namespace lark::injected {

event_loop::~event_loop() = default;

time_point event_loop::now() { return boottime_now(); }

}  // namespace lark::injected
