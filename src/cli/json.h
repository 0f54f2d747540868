#pragma once
// A JSON value to be written. Objects keep the order in which their keys were given.

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace dsched {

class Json {
 public:
  Json();  // null
  Json(bool value);
  Json(double value);
  Json(std::string_view value);  // bytes that are no UTF-8 become U+FFFD
  Json(const std::string& value) : Json(std::string_view(value)) {}
  Json(const char* value) : Json(std::string_view(value)) {}
  template <
      class Integer,
      std::enable_if_t<std::is_integral_v<Integer> && !std::is_same_v<Integer, bool>, int> = 0>
  Json(Integer value) : Json(WholeNumber{static_cast<std::int64_t>(value)}) {}
  template <class T>
  Json(const std::optional<T>& value) : Json() {
    if (value) *this = Json(*value);
  }
  Json(const Json& other);
  Json(Json&& other) noexcept;
  Json& operator=(Json other) noexcept;
  ~Json();

  static Json array();
  static Json object(std::initializer_list<std::pair<const char*, Json>> members = {});
  Json& push(Json item);                        // Requires: an array
  Json& set(std::string_view key, Json value);  // Requires: an object

  Json& merge(Json other);  // Requires: both objects; other's keys come behind

  std::string dump() const;  // in one line

 private:
  struct WholeNumber {
    std::int64_t value;
  };
  struct Node;
  explicit Json(WholeNumber value);
  explicit Json(std::unique_ptr<Node> node);

  std::unique_ptr<Node> node_;
};

}  // namespace dsched
