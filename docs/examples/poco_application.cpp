// SPDX-License-Identifier: MIT
// A Poco house: options from the application's configuration, statuses to its logger, and an end by its own termination
// request (Ctrl-C, SIGTERM, or terminate()). `poco_application [DOMAIN LARK_DOMAIN [CA_FILE]]`, or a .properties file
// beside it with register.source, register.domain and so on.
#include <lark/poco.hpp>
#include <lark/text.hpp>

#include <Poco/Logger.h>
#include <Poco/Util/ServerApplication.h>

#include <csignal>
#include <iostream>

namespace {

class application final : public Poco::Util::ServerApplication {
    void initialize(Poco::Util::Application& self) override {
        loadConfiguration();
        ServerApplication::initialize(self);
    }

    lark::registration::options registration_options() const {
        lark::registration::options out;
        out.source = config().getString("register.source", "poco-application");
        out.domain = config().getString("register.domain", out.domain);
        out.lark_domain = config().getString("register.lark_domain", out.lark_domain);
        return out;
    }

    int main(const ArgVec& args) override {
        const char* const keys[] = {"register.domain", "register.lark_domain", "register.ca_file"};
        for (std::size_t i = 0; i < args.size() && i < std::size(keys); ++i) config().setString(keys[i], args[i]);

        // waitForTerminationRequest() blocks these too, but perhaps later than terminate() below sends one.
        sigset_t signals;
        sigemptyset(&signals);
        for (const int signal : {SIGINT, SIGQUIT, SIGTERM}) sigaddset(&signals, signal);
        pthread_sigmask(SIG_BLOCK, &signals, nullptr);

        auto registration = lark::register_app_async(
            {
                .on_qr_code = [this](const auto& qr) { logger().notice("Scan: " + qr.url); },
                .on_status_change =
                    [this](const auto& s) {
                        const auto text = std::string{to_string(s.status)} + " " + lark::printable(s.reason);
                        if (s.status == lark::registration::status::retrying) logger().warning(text);
                        else logger().information(text);
                    },
                .on_finished = [](const auto&) { terminate(); },
            },
            registration_options(), {.ca_file = config().getString("register.ca_file", "")});
        waitForTerminationRequest();
        registration.cancel();  // nothing, if it has finished
        try {
            std::cout << registration.get().client_id << "\n";
            return EXIT_OK;
        } catch (const lark::register_app_error& e) {
            logger().error(lark::printable(e.what()));
            return EXIT_TEMPFAIL;
        }
    }
};

}  // namespace

POCO_SERVER_MAIN(application)
