// Asks STS who it is, with the credentials of a profile, and prints the answer's ARN. With SECONDS, it
// asks again and again for so long, and prints the number of sessions that it got before the ARN.
//
//	client PROFILE ENDPOINT [SECONDS]
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func main() {
	if len(os.Args) < 3 || len(os.Args) > 4 {
		fmt.Println("usage: client PROFILE ENDPOINT [SECONDS]")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, profile, endpoint string, seconds []string) error {
	loaded, err := config.LoadDefaultConfig(ctx, config.WithSharedConfigProfile(profile))
	if err != nil {
		return err
	}
	client := sts.NewFromConfig(loaded, func(options *sts.Options) {
		options.BaseEndpoint = aws.String(endpoint)
	})
	if len(seconds) == 0 {
		arn, err := identity(ctx, client)
		if err == nil {
			fmt.Println(arn)
		}
		return err
	}
	limit, err := strconv.Atoi(seconds[0])
	if err != nil {
		return err
	}
	keys, arn := map[string]bool{}, ""
	for until := time.Now().Add(time.Duration(limit) * time.Second); time.Now().Before(until); {
		if arn, err = identity(ctx, client); err != nil {
			return err
		}
		found, err := loaded.Credentials.Retrieve(ctx)
		if err != nil {
			return err
		}
		keys[found.AccessKeyID] = true
		time.Sleep(100 * time.Millisecond)
	}
	fmt.Println(len(keys), arn)
	return nil
}

func identity(ctx context.Context, client *sts.Client) (string, error) {
	answer, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", err
	}
	return aws.ToString(answer.Arn), nil
}
