// SPDX-License-Identifier: MIT
#pragma once

#include <lark/export.hpp>
#include <lark/injected/client.hpp>
#include <lark/poco/http_options.hpp>

#include <memory>
#include <string>
#include <utility>

namespace lark::poco {

/// The Open Platform with one app's credentials, over Poco: `lark::client client{app};` with what `register_app`
/// returned, or `lark::client::builder().app_id("cli_…").app_secret("…").build()`. See `injected::client` for what it
/// does.
///
/// Replies are read up to `http_options::max_body`.
class LARK_EXPORT client : public injected::client {
public:
    class builder_type;

    /// With the credentials of a registration; the API host is that of the tenant's brand, unless `options.domain`
    /// names one. Throws `registration::invalid_option`, for `options` and `http` alike.
    explicit client(const registration::app& app, open_platform::client_options options = {},
                    const http_options& http = {});
    /// The same with stored credentials.
    client(const std::string& app_id, secret app_secret, open_platform::client_options options = {},
           const http_options& http = {});
    /// Over another transport, which must outlive the client.
    client(const registration::app& app, injected::http_client& http, open_platform::client_options options = {});

    client(client&&) noexcept;             ///< the other one may only be assigned to or destroyed
    client& operator=(client&&) noexcept;  ///< ends what runs, like the destructor
    client(const client&) = delete;
    client& operator=(const client&) = delete;
    ~client() override;

    [[nodiscard]] static builder_type builder();  ///< for stored credentials

private:
    friend class builder_type;
    client(const std::string& app_id, secret app_secret, std::shared_ptr<injected::http_client> http,
           open_platform::client_options options);
};

/// An option that is not set has the default of `client_options` and `http_options`.
class LARK_EXPORT client::builder_type : public injected::client_settings<client::builder_type> {
public:
    /// How Poco goes to the wire. Not together with `http_client`.
    builder_type& http_options(poco::http_options options);

    /// Throws `registration::invalid_option` for what is missing or wrong. Can be called again.
    [[nodiscard]] client build() const;

private:
    poco::http_options wire_{};
    bool wire_is_set_ = false;
};

}  // namespace lark::poco

namespace lark {
using poco::client;
}  // namespace lark
