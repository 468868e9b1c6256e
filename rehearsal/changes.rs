//! Two more operations, one at a new path and one at an existing path, one more field, one more code and one more status, as the
//! vendor may add them: texts that occur once in the contract, and their replacements.

/// The contract with the additions.
pub fn change(contract: &str) -> String {
    CHANGES.iter().fold(contract.to_string(), |contract, (old, new)| {
        assert_eq!(contract.matches(old).count(), 1, "must occur once in the contract: {old}");
        contract.replace(old, new)
    })
}

const CHANGES: &[(&str, &str)] = &[
    ("\ncomponents:\n  securitySchemes:", PAUSE),
    ("\n  /api-open/v1/jobs/{job_id}:\n    parameters:\n      - $ref: '#/components/parameters/JobIdInPath'\n", DELETE),
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
      - $ref: '#/components/parameters/JobIdInPath'
    put:
      operationId: pause_job
      summary: Pause a job
      responses:
        '200':
          description: Paused
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/AcknowledgementEnvelope'
        default:
          $ref: '#/components/responses/OtherError'

components:
  securitySchemes:";

const DELETE: &str = "
  /api-open/v1/jobs/{job_id}:
    parameters:
      - $ref: '#/components/parameters/JobIdInPath'
    delete:
      operationId: delete_job
      summary: Delete a job
      responses:
        '200':
          description: Deleted
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/AcknowledgementEnvelope'
        default:
          $ref: '#/components/responses/OtherError'
";
