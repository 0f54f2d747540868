#include "cli/json.h"

#include <nlohmann/json.hpp>

namespace dsched {

struct Json::Node {
  nlohmann::ordered_json value;
};

Json::Json() : node_(std::make_unique<Node>()) {}
Json::Json(bool value) : node_(std::make_unique<Node>(Node{value})) {}
Json::Json(double value) : node_(std::make_unique<Node>(Node{value})) {}
Json::Json(std::string_view value) : node_(std::make_unique<Node>(Node{std::string(value)})) {}
Json::Json(WholeNumber value) : node_(std::make_unique<Node>(Node{value.value})) {}
Json::Json(std::unique_ptr<Node> node) : node_(std::move(node)) {}
Json::Json(const Json& other) : node_(std::make_unique<Node>(*other.node_)) {}
Json::Json(Json&& other) noexcept = default;
Json& Json::operator=(Json other) noexcept {
  node_ = std::move(other.node_);
  return *this;
}
Json::~Json() = default;

Json Json::array() {
  return Json(std::make_unique<Node>(Node{nlohmann::ordered_json::array()}));
}

Json Json::object(std::initializer_list<std::pair<const char*, Json>> members) {
  Json object(std::make_unique<Node>(Node{nlohmann::ordered_json::object()}));
  for (const auto& [key, value] : members) object.set(key, value);
  return object;
}

Json& Json::push(Json item) {
  node_->value.push_back(std::move(item.node_->value));
  return *this;
}

Json& Json::set(std::string_view key, Json value) {
  node_->value[std::string(key)] = std::move(value.node_->value);
  return *this;
}

Json& Json::merge(Json other) {
  node_->value.update(other.node_->value);
  return *this;
}

std::string Json::dump() const {
  return node_->value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace dsched
