//! One more operation, one more field, one more code and one more status, as the vendor may add them: each a place in the
//! contract, and what stands there afterwards.

/// The contract with what is added.
pub fn change(contract: &str) -> String {
    CHANGES.iter().fold(contract.to_string(), |contract, (old, new)| {
        assert_eq!(contract.matches(old).count(), 1, "not once in the contract: {old}");
        contract.replace(old, new)
    })
}

const CHANGES: &[(&str, &str)] = &[
    ("\ncomponents:\n  securitySchemes:", PAUSE),
    ("enum: [40004000, 40004001,", "enum: [40004009, 40004000, 40004001,"),
    (
        "        - ErrBadRequest\n        - ErrParam",
        "        - ErrTooMany\n        - ErrBadRequest\n        - ErrParam",
    ),
    ("        - request error\n", "        - too many jobs\n        - request error\n"),
    ("        - 请求异常\n", "        - 作业过多\n        - 请求异常\n"),
    ("enum: [0, 1, 2, 3, 4, 5]", "enum: [0, 1, 2, 3, 4, 5, 6]"),
    ("Interrupted, Stopping]", "Interrupted, Stopping, Skipped]"),
    ("interrupted, stopping]", "interrupted, stopping, skipped]"),
    ("已中断, 暂停中]", "已中断, 暂停中, 已跳过]"),
    ("x-enum-ends: [2, 3, 4]", "x-enum-ends: [2, 3, 4, 6]"),
    (
        "        workflowName:\n          description: The name of the workflow\n",
        "        priority:\n          type: integer\n          format: int64\n        workflowName:\n          description: The name of the workflow\n",
    ),
];

const PAUSE: &str = "
  /api-open/v1/jobs/{job_id}/pause:
    parameters:
      - $ref: '#/components/parameters/JobId'
    put:
      operationId: pause_job
      summary: Pause a job
      responses:
        '200':
          description: Paused
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/CancelJobResponse'
        4XX:
          $ref: '#/components/responses/ClientError'

components:
  securitySchemes:";
