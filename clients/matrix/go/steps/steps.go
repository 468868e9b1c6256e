// Package steps does what the program of every generator does: `list [FILTER]`, `get JOB` or `run`, after signing in.
package steps

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"os"
	"strconv"
	"strings"
	"time"
)

const Workflow = 4216617528

// Job is what the steps need of a job: its id, as it was decoded, its status and the ids of its tasks by name.
type Job struct {
	ID     any
	Status int
	Tasks  map[string]string
}

// Client has the calls of a generated client.
type Client interface {
	List(filter string) ([]Job, error)
	Get(job int64) (*Job, error)
	Run() (id any, err error)
	Rows(job int64, task string) ([][]string, error)
}

// Settings are those of the environment.
type Settings struct {
	URL, Account, Address string
	Port                  int32
	// HTTP keeps the cookie.
	HTTP *http.Client
}

// APIError is the error in an envelope.
type APIError struct {
	Code    int64
	Message string
}

func (e *APIError) Error() string { return fmt.Sprintf("%d %s", e.Code, e.Message) }

// Main signs in and does the step that the arguments name.
func Main(signIn func(Settings) (Client, error)) {
	if err := run(signIn, os.Args[1], append(os.Args[2:], "")[0]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(signIn func(Settings) (Client, error), step, argument string) error {
	settings, err := settings()
	if err != nil {
		return err
	}
	client, err := signIn(*settings)
	if err != nil {
		return err
	}
	switch step {
	case "list":
		jobs, err := client.List(argument)
		for _, job := range jobs {
			if err := show(&job); err != nil {
				return err
			}
		}
		return err
	case "get":
		id, err := strconv.ParseInt(argument, 10, 64)
		if err != nil {
			return err
		}
		job, err := client.Get(id)
		if err != nil {
			return err
		}
		return show(job)
	}
	created, err := client.Run()
	if err != nil {
		return err
	}
	id, err := number(created)
	if err != nil {
		return err
	}
	job, err := client.Get(id)
	for err == nil && (job.Status < 2 || job.Status > 4) {
		time.Sleep(50 * time.Millisecond)
		job, err = client.Get(id)
	}
	if err != nil {
		return err
	}
	rows, err := client.Rows(id, job.Tasks["PageRank"])
	for _, row := range rows {
		fmt.Println(strings.Join(row, "\t"))
	}
	return err
}

func settings() (*Settings, error) {
	account, err := json.Marshal([]string{os.Getenv("NEBULA_EXPLORER_USER"), os.Getenv("NEBULA_EXPLORER_PASSWORD")})
	if err != nil {
		return nil, err
	}
	address, port, _ := strings.Cut(os.Getenv("NEBULA_EXPLORER_GRAPH"), ":")
	number, err := strconv.ParseInt(port, 10, 32)
	if err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	return &Settings{
		URL:     os.Getenv("NEBULA_EXPLORER_URL"),
		Account: base64.StdEncoding.EncodeToString(account),
		Address: address,
		Port:    int32(number),
		HTTP:    &http.Client{Jar: jar},
	}, nil
}

func show(job *Job) error {
	id, err := number(job.ID)
	if err == nil {
		fmt.Println(id, job.Status)
	}
	return err
}

// number reads an id, which is a number or the same number in a string.
func number(id any) (int64, error) {
	switch id := id.(type) {
	case float64:
		return int64(id), nil
	case string:
		return strconv.ParseInt(strings.Trim(id, `"`), 10, 64)
	}
	return 0, fmt.Errorf("%v is not the id of a job", id)
}
