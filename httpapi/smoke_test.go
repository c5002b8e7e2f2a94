package httpapi_test
import "testing"
func TestSmoke(t *testing.T) { for range 10 { newWorld(t) } }
