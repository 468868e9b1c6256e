// Signs in to Explorer, runs the PageRank workflow with a parameter, waits, and prints the rows of the result.
package main

//go:generate go tool oapi-codegen -config oapi-codegen.yaml ../../openapi/explorer-workflow.portable.yaml

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"strconv"
	"strings"
	"time"

	"nebula-explorer-client/generated/explorer"
)

const workflow = 4216617528

// The statuses of jobs.
const (
	success     = 2
	failed      = 3
	interrupted = 4
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	client, err := signIn(ctx)
	if err != nil {
		return err
	}

	input := explorer.RunInput{"query_1": {"name": "Tim Duncan"}}
	made, err := client.RunWorkflowWithResponse(ctx, workflow, explorer.RunWorkflowRequest{Input: &input})
	if err != nil {
		return err
	}
	if err := envelopeError(made.Status(), made.Body); err != nil {
		return err
	}
	if made.JSON200 == nil || made.JSON200.Data == nil {
		return errors.New("the response has no job")
	}
	id, err := jobID(made.JSON200.Data.Id)
	if err != nil {
		return err
	}

	job, err := wait(ctx, client, id)
	if err != nil {
		return err
	}
	if job.Status != success {
		return fmt.Errorf("job %d ended with the status %d", id, job.Status)
	}

	task, err := pageRank(job)
	if err != nil {
		return err
	}
	result, err := client.GetTaskResultWithResponse(ctx, id, task.Id, &explorer.GetTaskResultParams{Limit: 1000})
	if err != nil {
		return err
	}
	if err := envelopeError(result.Status(), result.Body); err != nil {
		return err
	}
	if result.JSON200 == nil || result.JSON200.Data == nil || result.JSON200.Data.Items == nil {
		return nil
	}
	for _, row := range *result.JSON200.Data.Items {
		fmt.Println(strings.Join(row, "\t"))
	}
	return nil
}

// signIn returns a client whose cookie jar contains the session.
func signIn(ctx context.Context) (*explorer.ClientWithResponses, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	client, err := explorer.NewClientWithResponses(os.Getenv("NEBULA_EXPLORER_URL"),
		explorer.WithHTTPClient(&http.Client{Jar: jar, Timeout: 30 * time.Second}))
	if err != nil {
		return nil, err
	}

	address, portText, err := net.SplitHostPort(os.Getenv("NEBULA_EXPLORER_GRAPH"))
	if err != nil {
		return nil, fmt.Errorf("NEBULA_EXPLORER_GRAPH: %w", err)
	}
	port, err := strconv.ParseInt(portText, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("NEBULA_EXPLORER_GRAPH: %w", err)
	}
	account, err := json.Marshal([]string{os.Getenv("NEBULA_EXPLORER_USER"), os.Getenv("NEBULA_EXPLORER_PASSWORD")})
	if err != nil {
		return nil, err
	}
	authorize := func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+base64.StdEncoding.EncodeToString(account))
		return nil
	}

	response, err := client.ConnectWithResponse(ctx, explorer.ConnectRequest{Address: address, Port: int32(port)}, authorize)
	if err != nil {
		return nil, err
	}
	return client, envelopeError(response.Status(), response.Body)
}

func wait(ctx context.Context, client *explorer.ClientWithResponses, id int64) (*explorer.Job, error) {
	for {
		response, err := client.GetJobWithResponse(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := envelopeError(response.Status(), response.Body); err != nil {
			return nil, err
		}
		if response.JSON200 == nil || response.JSON200.Data == nil {
			return nil, fmt.Errorf("the response has no job %d", id)
		}
		job := response.JSON200.Data
		fmt.Fprintf(os.Stderr, "job %d: status %d\n", id, job.Status)
		switch job.Status {
		case success, failed, interrupted:
			return job, nil
		}
		time.Sleep(200 * time.Millisecond)
	}
}

func pageRank(job *explorer.Job) (*explorer.Task, error) {
	if job.Tasks != nil {
		for _, task := range *job.Tasks {
			if task.Name == "PageRank" {
				return &task, nil
			}
		}
	}
	return nil, fmt.Errorf("job %s has no task PageRank", job.Name)
}

// jobID reads an id, which is a number or a string.
func jobID(id explorer.JobId) (int64, error) {
	switch id := id.(type) {
	case float64:
		return int64(id), nil
	case string:
		return strconv.ParseInt(id, 10, 64)
	}
	return 0, fmt.Errorf("%v is not the id of a job", id)
}

// envelopeError checks a response: an error may have the HTTP status 200.
func envelopeError(status string, body []byte) error {
	var envelope explorer.ErrorEnvelope
	if err := json.Unmarshal(body, &envelope); err != nil {
		return fmt.Errorf("%s, and not a response of Explorer: %w", status, err)
	}
	if envelope.Code != 0 {
		return fmt.Errorf("%d %s", envelope.Code, envelope.Message)
	}
	return nil
}
