package main

import (
	"context"
	"encoding/json"

	openapi "matrix/generated/openapigenerator"
	"matrix/steps"
)

type client struct{ *openapi.APIClient }

func main() {
	steps.Main(func(settings steps.Settings) (steps.Client, error) {
		configuration := openapi.NewConfiguration()
		configuration.Servers = openapi.ServerConfigurations{{URL: settings.URL}}
		configuration.HTTPClient = settings.HTTP
		api := openapi.NewAPIClient(configuration)
		ctx := context.WithValue(context.Background(), openapi.ContextAccessToken, settings.Account)
		graph := openapi.NewConnectRequest(settings.Address, settings.Port)
		connected, _, err := api.SessionAPI.Connect(ctx).ConnectRequest(*graph).Execute()
		if err == nil {
			err = check(connected.Code, connected.Message)
		}
		return client{api}, described(err)
	})
}

func (c client) List(filter string) ([]steps.Job, error) {
	request := c.JobsAPI.ListJobs(context.Background())
	if filter != "" {
		request = request.Filter(filter)
	}
	page, _, err := request.Execute()
	if err != nil {
		return nil, described(err)
	}
	var jobs []steps.Job
	data := page.GetData()
	for _, listed := range data.Items {
		jobs = append(jobs, job(&listed))
	}
	return jobs, check(page.Code, page.Message)
}

func (c client) Get(id int64) (*steps.Job, error) {
	found, _, err := c.JobsAPI.GetJob(context.Background(), id).Execute()
	if err != nil {
		return nil, described(err)
	}
	data := found.GetData()
	one := job(&data)
	return &one, check(found.Code, found.Message)
}

func (c client) Run() (any, error) {
	input := map[string]map[string]interface{}{"query_1": {"name": "Tim Duncan"}}
	request := c.JobsAPI.RunWorkflow(context.Background(), steps.Workflow)
	created, _, err := request.RunWorkflowRequest(openapi.RunWorkflowRequest{Input: &input}).Execute()
	if err != nil {
		return nil, described(err)
	}
	data := created.GetData()
	return data.Id, check(created.Code, created.Message)
}

func (c client) Rows(id int64, task string) ([][]string, error) {
	result, _, err := c.ResultsAPI.GetTaskResult(context.Background(), id, task).Limit(1000).Execute()
	if err != nil {
		return nil, described(err)
	}
	data := result.GetData()
	return data.Items, check(result.Code, result.Message)
}

func job(job *openapi.Job) steps.Job {
	tasks := map[string]string{}
	for _, task := range job.Tasks {
		tasks[task.Name] = task.Id
	}
	return steps.Job{ID: job.Id, Status: int(job.Status), Tasks: tasks}
}

func check(code int32, message string) error {
	if code == 0 {
		return nil
	}
	return &steps.APIError{Code: int64(code), Message: message}
}

// described returns the error in a response with another HTTP status.
func described(err error) error {
	var envelope openapi.ErrorEnvelope
	if failed, ok := err.(*openapi.GenericOpenAPIError); ok && json.Unmarshal(failed.Body(), &envelope) == nil {
		return check(envelope.Code, envelope.Message)
	}
	return err
}
