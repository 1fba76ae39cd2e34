// go-openai, unchanged, against a Trestle server.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	openai "github.com/sashabaranov/go-openai"
)

var checks int

func check(what string, holds bool) {
	if !holds {
		fmt.Fprintln(os.Stderr, "go-openai: "+what)
		os.Exit(1)
	}
	checks++
}

func client(key string) *openai.Client {
	config := openai.DefaultConfig(key)
	config.BaseURL = os.Getenv("TRESTLE_URL") + "/v1"
	return openai.NewClientWithConfig(config)
}

func request(asked string) openai.ChatCompletionRequest {
	return openai.ChatCompletionRequest{
		Model:    "claude-sonnet-5-5",
		Messages: []openai.ChatCompletionMessage{{Role: openai.ChatMessageRoleUser, Content: asked}},
	}
}

// What a stream said, and the error that it ended with.
func stream(c *openai.Client, asked string) (string, error) {
	stream, err := c.CreateChatCompletionStream(context.Background(), request(asked))
	if err != nil {
		return "", err
	}
	defer stream.Close()
	said := ""
	for {
		chunk, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return said, nil
		}
		if err != nil {
			return said, err
		}
		if len(chunk.Choices) > 0 {
			said += chunk.Choices[0].Delta.Content
		}
	}
}

func main() {
	c := client(os.Getenv("TRESTLE_KEY"))
	whole, err := c.CreateChatCompletion(context.Background(), request("Hello"))
	check(fmt.Sprint("a whole answer: ", err), err == nil && strings.Contains(whole.Choices[0].Message.Content, "Hello"))

	said, err := stream(c, "Hello")
	check(fmt.Sprint("a streamed answer: ", err, said), err == nil && strings.Contains(said, "Hello"))

	_, err = stream(c, "Break off")
	check("a stream that breaks is no whole answer", err != nil)

	models, err := c.ListModels(context.Background())
	check(fmt.Sprint("the models: ", err), err == nil && len(models.Models) > 0)

	_, err = client("wrong").CreateChatCompletion(context.Background(), request("Hello"))
	var refused *openai.APIError
	check("a wrong key is an API error", errors.As(err, &refused) && refused.HTTPStatusCode == 401)
	fmt.Printf("go-openai: %d checks passed\n", checks)
}
