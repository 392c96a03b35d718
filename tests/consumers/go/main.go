// Each line on standard input is a call of GetCallerIdentity by one long-lived client; what comes
// of it is one line on standard output: `ARN ACCESS_KEY_ID`, or `error` and the SDK's words.
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"os"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

var keyID = regexp.MustCompile(`Credential=(\w+)/`)

func main() {
	settings, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	client := sts.NewFromConfig(settings)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		fmt.Println(called(client))
	}
}

func called(client *sts.Client) string {
	answer, err := client.GetCallerIdentity(context.Background(), &sts.GetCallerIdentityInput{})
	if err != nil {
		return "error " + strings.Join(strings.Fields(err.Error()), " ")
	}
	request := middleware.GetRawResponse(answer.ResultMetadata).(*smithyhttp.Response).Request
	signed := keyID.FindStringSubmatch(request.Header.Get("Authorization"))
	return aws.ToString(answer.Arn) + " " + signed[1]
}
