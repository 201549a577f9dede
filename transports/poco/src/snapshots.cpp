#include <lark/poco/snapshots.hpp>

#include <lark/poco/http_client.hpp>

#include <utility>

namespace lark::poco {

injected::begun_registration begin_registration(const registration::options& options, const http_options& http,
                                                std::stop_token stop) {
    http_client client{http};
    return injected::begin_registration(options, client, std::move(stop));
}

registration::app resume_registration(registration::handlers handlers, const registration::snapshot& from,
                                      const registration::options& options, const http_options& http,
                                      std::stop_token stop) {
    http_client client{http};
    return injected::resume_registration(std::move(handlers), from, options, client, std::move(stop));
}

injected::poll_result poll_once(const registration::snapshot& from, const registration::options& options,
                                const http_options& http, std::stop_token stop) {
    http_client client{http};
    return injected::poll_once(from, options, client, std::move(stop));
}

}  // namespace lark::poco
