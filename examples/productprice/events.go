package productprice

import (
	"github.com/samber/lo"

	"github.com/opossum-go/opossum/domain"
)

// ProductDefined says that a product is for sale. Prices are in the smallest unit
// of the shop's currency.
type ProductDefined struct {
	Product string `json:"productId"`
	Price   int    `json:"price"`
}

// EventType returns "ProductDefined".
func (ProductDefined) EventType() string { return "ProductDefined" }

// Tags returns the product.
func (e ProductDefined) Tags() []domain.Tag { return []domain.Tag{productTag(e.Product)} }

// ProductPriceChanged says that a product has another price from now on.
type ProductPriceChanged struct {
	Product  string `json:"productId"`
	NewPrice int    `json:"newPrice"`
}

// EventType returns "ProductPriceChanged".
func (ProductPriceChanged) EventType() string { return "ProductPriceChanged" }

// Tags returns the product.
func (e ProductPriceChanged) Tags() []domain.Tag { return []domain.Tag{productTag(e.Product)} }

// ProductOrdered says that somebody has bought one product.
type ProductOrdered struct {
	Product string `json:"productId"`
	Price   int    `json:"price"`
}

// EventType returns "ProductOrdered".
func (ProductOrdered) EventType() string { return "ProductOrdered" }

// Tags returns the product.
func (e ProductOrdered) Tags() []domain.Tag { return []domain.Tag{productTag(e.Product)} }

// ProductsOrdered says that somebody has bought several products at once.
type ProductsOrdered struct {
	Items []OrderedItem `json:"items"`
}

// OrderedItem is one product of an order and its price.
type OrderedItem struct {
	Product string `json:"productId"`
	Price   int    `json:"price"`
}

// EventType returns "ProductsOrdered".
func (ProductsOrdered) EventType() string { return "ProductsOrdered" }

// Tags returns the products.
func (e ProductsOrdered) Tags() []domain.Tag {
	return lo.Map(e.Items, func(item OrderedItem, _ int) domain.Tag { return productTag(item.Product) })
}

func productTag(id string) domain.Tag { return domain.NewTag("product", id) }
