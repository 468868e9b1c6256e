// Signs in to Explorer, runs the PageRank workflow with a parameter, waits, and prints the rows of the result.
package main

//go:generate go tool oapi-codegen -config oapi-codegen.yaml ../../openapi/explorer-workflow.yaml

import (
	"context"
	"encoding/base64"
	"encoding/json"
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

	var name explorer.ParameterValue
	if err := name.FromParameterValue0("Tim Duncan"); err != nil {
		return err
	}
	input := explorer.RunInput{"query_1": {"name": name}}
	made, err := client.RunWorkflowWithResponse(ctx, workflow, explorer.RunWorkflowRequest{Input: &input})
	if err != nil {
		return err
	}
	if err := envelopeError(made.Status(), made.Body); err != nil {
		return err
	}
	id, err := jobID(made.JSON200.Data.Id)
	if err != nil {
		return err
	}

	job, err := wait(ctx, client, id)
	if err != nil {
		return err
	}
	if job.Status != explorer.Success {
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
	if rows := result.JSON200.Data.Items; rows != nil {
		for _, row := range *rows {
			fmt.Println(strings.Join(row, "\t"))
		}
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

	answer, err := client.ConnectWithResponse(ctx, explorer.ConnectRequest{Address: address, Port: int32(port)}, authorize)
	if err != nil {
		return nil, err
	}
	return client, envelopeError(answer.Status(), answer.Body)
}

func wait(ctx context.Context, client *explorer.ClientWithResponses, id int64) (*explorer.Job, error) {
	for {
		answer, err := client.GetJobWithResponse(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := envelopeError(answer.Status(), answer.Body); err != nil {
			return nil, err
		}
		job := &answer.JSON200.Data
		fmt.Fprintf(os.Stderr, "job %d: status %d\n", id, job.Status)
		switch job.Status {
		case explorer.Success, explorer.Failed, explorer.Interrupted:
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

// jobID parses an id, which is a number or a string.
func jobID(id explorer.JobId) (int64, error) {
	if number, err := id.AsJobId0(); err == nil {
		return number, nil
	}
	text, err := id.AsJobId1()
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

// envelopeError checks a response: an error may have the HTTP status 200.
func envelopeError(status string, body []byte) error {
	var envelope explorer.Envelope
	if err := json.Unmarshal(body, &envelope); err != nil {
		return fmt.Errorf("%s, and not a response of Explorer: %w", status, err)
	}
	if envelope.Code != 0 {
		return fmt.Errorf("%d %s", envelope.Code, envelope.Message)
	}
	return nil
}
