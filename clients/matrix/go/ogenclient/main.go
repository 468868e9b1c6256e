package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"matrix/generated/ogen"
	"matrix/steps"
)

type client struct{ *explorer.Client }

// session has the account, and the token once it is known.
type session struct{ account, token string }

func (s *session) Account(context.Context, explorer.OperationName) (explorer.Account, error) {
	return explorer.Account{Token: s.account}, nil
}

func (s *session) Session(context.Context, explorer.OperationName) (explorer.Session, error) {
	return explorer.Session{APIKey: s.token}, nil
}

func main() {
	steps.Main(func(settings steps.Settings) (steps.Client, error) {
		session := &session{account: settings.Account}
		api, err := explorer.NewClient(settings.URL, session)
		if err != nil {
			return nil, err
		}
		graph := &explorer.ConnectRequest{Address: settings.Address, Port: settings.Port}
		connected, err := api.Connect(context.Background(), graph)
		if err != nil {
			return nil, err
		}
		success, ok := connected.(*explorer.AcknowledgementEnvelopeHeaders)
		if !ok {
			return nil, failure(connected)
		}
		cookie, err := http.ParseSetCookie(success.SetCookie)
		if err != nil {
			return nil, err
		}
		session.token = cookie.Value
		return client{api}, nil
	})
}

func (c client) List(filter string) ([]steps.Job, error) {
	params := explorer.ListJobsParams{}
	if filter != "" {
		params.Filter.SetTo(filter)
	}
	response, err := c.ListJobs(context.Background(), params)
	if err != nil {
		return nil, err
	}
	page, ok := response.(*explorer.JobPageEnvelopeHeaders)
	if !ok || page.Response.Code != 0 {
		return nil, failure(response)
	}
	var jobs []steps.Job
	for _, listed := range page.Response.Data.Value.Items {
		one, err := job(&listed)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, *one)
	}
	return jobs, nil
}

func (c client) Get(id int64) (*steps.Job, error) {
	response, err := c.GetJob(context.Background(), explorer.GetJobParams{JobID: id})
	if err != nil {
		return nil, err
	}
	found, ok := response.(*explorer.JobEnvelopeHeaders)
	if !ok || found.Response.Code != 0 {
		return nil, failure(response)
	}
	return job(&found.Response.Data.Value)
}

func (c client) Run() (any, error) {
	input := explorer.RunInput{"query_1": {"name": explorer.ParameterValue(`"Tim Duncan"`)}}
	request := explorer.NewOptRunWorkflowRequest(explorer.RunWorkflowRequest{Input: explorer.NewOptRunInput(input)})
	response, err := c.RunWorkflow(context.Background(), request, explorer.RunWorkflowParams{WorkflowID: steps.Workflow})
	if err != nil {
		return nil, err
	}
	created, ok := response.(*explorer.CreatedJobEnvelopeHeaders)
	if !ok || created.Response.Code != 0 {
		return nil, failure(response)
	}
	return id(created.Response.Data.Value.ID)
}

func (c client) Rows(id int64, task string) ([][]string, error) {
	params := explorer.GetTaskResultParams{JobID: id, TaskID: task, Limit: 1000}
	response, err := c.GetTaskResult(context.Background(), params)
	if err != nil {
		return nil, err
	}
	result, ok := response.(*explorer.TaskResultEnvelopeHeaders)
	if !ok || result.Response.Code != 0 {
		return nil, failure(response)
	}
	return result.Response.Data.Value.Items, nil
}

func job(job *explorer.Job) (*steps.Job, error) {
	tasks := map[string]string{}
	for _, task := range job.Tasks.Value {
		tasks[task.Name] = task.ID
	}
	id, err := id(job.ID)
	return &steps.Job{ID: id, Status: int(job.Status), Tasks: tasks}, err
}

// id decodes an id: the generated type is JSON.
func id(raw explorer.JobId) (value any, err error) {
	err = json.Unmarshal(raw, &value)
	return value, err
}

// failure returns the error in a response, which has a type of its own for every HTTP status.
func failure(response any) error {
	switch response := response.(type) {
	case *explorer.BadRequestHeaders:
		return apiError(response.Response)
	case *explorer.UnauthorizedHeaders:
		return apiError(response.Response)
	case *explorer.NotFoundHeaders:
		return apiError(response.Response)
	case *explorer.InternalErrorHeaders:
		return apiError(response.Response)
	case *explorer.OtherErrorStatusCodeWithHeaders:
		return apiError(response.Response)
	case *explorer.CreatedJobEnvelopeHeaders:
		return &steps.APIError{Code: int64(response.Response.Code), Message: response.Response.Message}
	}
	return fmt.Errorf("%T", response)
}

func apiError(envelope explorer.ErrorEnvelope) error {
	return &steps.APIError{Code: int64(envelope.Code), Message: envelope.Message}
}
