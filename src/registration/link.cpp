#include "registration/link.hpp"

#include "base/url.hpp"

#include <algorithm>
#include <vector>

namespace lark::registration::detail {
namespace {

constexpr std::string_view sdk_name = "cpp-sdk";

/// Calls `use` with each `&`-separated part of a query, empty ones included.
template <class Use>
void for_each_parameter(std::string_view query, Use use) {
    while (true) {
        const auto end = query.find('&');
        use(query.substr(0, end));
        if (end == std::string_view::npos) return;
        query.remove_prefix(end + 1);
    }
}

std::string name_of(std::string_view parameter) { return base::form_decode(parameter.substr(0, parameter.find('='))); }

}  // namespace

std::string link_parameters(const options& opts) {
    std::string source{sdk_name};
    if (opts.source) source += '/' + *opts.source;
    return "from=sdk&tp=sdk&source=" + base::percent_encode(source);
}

bool is_fit_for_user(std::string_view url, bool http_to_loopback) noexcept {
    const auto parts = base::split_url(url);
    if (!parts || parts->has_user_info) return false;
    if (base::equals_ignoring_case(parts->scheme, "https")) return true;
    return http_to_loopback && base::equals_ignoring_case(parts->scheme, "http") && base::is_loopback_host(parts->host);
}

std::string build_link(std::string_view url, std::string_view parameters) {
    std::vector<std::string> ours;
    for_each_parameter(parameters, [&](std::string_view p) { ours.push_back(name_of(p)); });

    const auto hash = url.find('#');
    const auto fragment = hash == std::string_view::npos ? std::string_view{} : url.substr(hash);
    url = url.substr(0, hash);
    const auto mark = url.find('?');

    std::string link{url.substr(0, mark)};
    link += '?';
    if (mark != std::string_view::npos) {
        for_each_parameter(url.substr(mark + 1), [&](std::string_view p) {
            if (std::find(ours.begin(), ours.end(), name_of(p)) != ours.end()) return;
            link += p;
            link += '&';
        });
        const bool was_empty = mark + 1 == url.size();
        if (was_empty) link.resize(mark + 1);  // a bare `?` holds no parameter, not an empty one
    }
    link += parameters;
    link += fragment;
    return base::ascii_only(link);
}

}  // namespace lark::registration::detail
