#include <lark/poco/register_app.hpp>

#include "registration_task.hpp"

#include <lark/injected/register_app.hpp>
#include <lark/poco/http_client.hpp>
#include <lark/registration/flow.hpp>

#include <exception>
#include <memory>
#include <stop_token>
#include <thread>
#include <utility>

namespace lark::poco {
namespace {

/// The thread of one registration. Goes with the handle, after the cancel that the handle begins with.
class worker {
public:
    worker(std::shared_ptr<detail::registration_task> task, registration::options options,
           std::unique_ptr<http_client> client)
        : thread_{[task = std::move(task), options = std::move(options), client = std::move(client),
                   stop = stop_.get_token()] { run(*task, options, *client, stop); }} {}
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;
    ~worker() {
        // The handle may go inside a callback, on this very thread, which owns all it still needs.
        if (thread_.get_id() == std::this_thread::get_id())
            thread_.detach();
        else
            thread_.join();
    }

    [[nodiscard]] const std::stop_source& stop() const noexcept { return stop_; }

private:
    static void run(detail::registration_task& task, const registration::options& options, http_client& client,
                    const std::stop_token& stop) {
        registration::handlers handlers;
        handlers.on_qr_code = [&task](const registration::qr_code& qr) { task.deliver(qr); };
        handlers.on_status_change = [&task](const registration::status_change& change) { task.deliver(change); };
        try {
            task.finish(injected::register_app(std::move(handlers), options, client, stop));
        } catch (const register_app_error& error) {
            task.finish(error.failure());
        } catch (...) {  // no memory, say: goes to the caller through `get`
            task.fail(std::current_exception());
        }
    }

    std::stop_source stop_;
    std::thread thread_;
};

}  // namespace

registration::app register_app(registration::handlers handlers, registration::options options, http_options http,
                               std::stop_token stop) {
    http_client client{std::move(http)};
    return injected::register_app(std::move(handlers), std::move(options), client, std::move(stop));
}

registration_handle register_app_async(registration::async_handlers handlers, registration::options options,
                                       http_options http) {
    auto task = std::make_shared<detail::registration_task>(std::move(handlers));
    static_cast<void>(registration::flow{options});  // tells the caller of wrong options now, and here
    auto run = std::make_shared<worker>(task, std::move(options), std::make_unique<http_client>(std::move(http)));
    task->on_cancel([stop = run->stop()]() mutable { stop.request_stop(); });
    return detail::registration_task::make_handle(std::move(task), std::move(run));
}

}  // namespace lark::poco
