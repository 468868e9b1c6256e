package main

import (
	"context"
	"encoding/json"
	"net/http"

	"matrix/generated/oapicodegen"
	"matrix/steps"
)

type client struct {
	*oapicodegen.ClientWithResponses
}

func main() {
	steps.Main(func(settings steps.Settings) (steps.Client, error) {
		api, err := oapicodegen.NewClientWithResponses(settings.URL, oapicodegen.WithHTTPClient(settings.HTTP))
		if err != nil {
			return nil, err
		}
		graph := oapicodegen.ConnectRequest{Address: settings.Address, Port: settings.Port}
		authorize := func(_ context.Context, request *http.Request) error {
			request.Header.Set("Authorization", "Bearer "+settings.Account)
			return nil
		}
		connected, err := api.ConnectWithResponse(context.Background(), graph, authorize)
		if err != nil {
			return nil, err
		}
		return client{api}, check(connected.Body)
	})
}

func (c client) List(filter string) ([]steps.Job, error) {
	params := &oapicodegen.ListJobsParams{}
	if filter != "" {
		params.Filter = &filter
	}
	page, err := c.ListJobsWithResponse(context.Background(), params)
	if err != nil {
		return nil, err
	}
	if err := check(page.Body); err != nil {
		return nil, err
	}
	var jobs []steps.Job
	for _, listed := range *page.JSON200.Data.Items {
		jobs = append(jobs, job(&listed))
	}
	return jobs, nil
}

func (c client) Get(id int64) (*steps.Job, error) {
	found, err := c.GetJobWithResponse(context.Background(), id)
	if err != nil {
		return nil, err
	}
	if err := check(found.Body); err != nil {
		return nil, err
	}
	one := job(found.JSON200.Data)
	return &one, nil
}

func (c client) Run() (any, error) {
	input := oapicodegen.RunInput{"query_1": {"name": "Tim Duncan"}}
	created, err := c.RunWorkflowWithResponse(context.Background(), steps.Workflow, oapicodegen.RunWorkflowRequest{Input: &input})
	if err != nil {
		return nil, err
	}
	if err := check(created.Body); err != nil {
		return nil, err
	}
	return created.JSON200.Data.Id, nil
}

func (c client) Rows(id int64, task string) ([][]string, error) {
	result, err := c.GetTaskResultWithResponse(context.Background(), id, task, &oapicodegen.GetTaskResultParams{Limit: 1000})
	if err != nil {
		return nil, err
	}
	if err := check(result.Body); err != nil {
		return nil, err
	}
	return *result.JSON200.Data.Items, nil
}

func job(job *oapicodegen.Job) steps.Job {
	tasks := map[string]string{}
	if job.Tasks != nil {
		for _, task := range *job.Tasks {
			tasks[task.Name] = task.Id
		}
	}
	return steps.Job{ID: job.Id, Status: int(job.Status), Tasks: tasks}
}

func check(body []byte) error {
	var envelope oapicodegen.ErrorEnvelope
	if err := json.Unmarshal(body, &envelope); err != nil || envelope.Code == 0 {
		return err
	}
	return &steps.APIError{Code: int64(envelope.Code), Message: envelope.Message}
}
