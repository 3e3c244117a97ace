// Asks STS who it is, with the credentials of a profile, and prints the answer's ARN.
//
//	client PROFILE ENDPOINT
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Println("usage: client PROFILE ENDPOINT")
		os.Exit(2)
	}
	arn, err := identity(context.Background(), os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(arn)
}

func identity(ctx context.Context, profile, endpoint string) (string, error) {
	loaded, err := config.LoadDefaultConfig(ctx, config.WithSharedConfigProfile(profile))
	if err != nil {
		return "", err
	}
	client := sts.NewFromConfig(loaded, func(options *sts.Options) {
		options.BaseEndpoint = aws.String(endpoint)
	})
	answer, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", err
	}
	return aws.ToString(answer.Arn), nil
}
